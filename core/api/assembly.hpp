// Assembly: everything that a configuration has made: layers, origins, serializers and what they share. A cache has one at a
// time and can be given another whole; nothing outside points into it but for calls that are under way.
#pragma once

#include "flow/loader.hpp"
#include "flow/origins.hpp"
#include "plugin/serializer_shelf.hpp"
#include "stack/stack.hpp"

#include <memory>
#include <vector>

namespace aurelis::core {

class Assembly {
public:
    // Opens the stack.
    Assembly(std::unique_ptr<Runtime> runtime_, std::unique_ptr<SerializerShelf> serializers_,
             std::vector<LayerSpec> layers, KeySpace keys, Origins::Stores stores)
        : runtime(std::move(runtime_)),
          serializers(std::move(serializers_)),
          stack(*runtime, std::move(layers), std::move(keys)),
          loader(*runtime, stack),
          origins(std::move(stores)) {
        stack.open();
    }

    // Stops everything; what waits has been flushed before.
    void close() {
        stack.close();
        origins.close();
        runtime->tasks.stop();
    }

    const std::unique_ptr<Runtime> runtime;
    const std::unique_ptr<SerializerShelf> serializers;
    Stack stack;
    Loader loader;
    Origins origins;
};

}  // namespace aurelis::core
