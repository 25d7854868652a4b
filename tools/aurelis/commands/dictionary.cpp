// aurelis dictionary train: a zstd dictionary for one category, from the values that are stored.
#include "commands/commands.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"
#include "process/new_file.hpp"
#include "run/dictionary_training.hpp"
#include "run/value_samples.hpp"

#include <cstdio>
#include <filesystem>

namespace aurelis::cli {
namespace {

constexpr uint64_t kUsualThreshold = 1024;
constexpr uint64_t kSamplesMost = 1'000'000;

std::string two_digits(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", ratio);
    return text;
}

// As a YAML scalar: quoted as in JSON if a plain one could be misread.
std::string yaml_word(const std::string& text) {
    constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
    const bool plain = !text.empty() && text.find_first_not_of(kPlain) == std::string::npos && text[0] != '-' &&
                       text.find_first_not_of("0123456789._-") != std::string::npos;
    return plain ? text : dump(Json(text));
}

class DictionaryTrain final : public Command {
public:
    std::string name() const override { return "dictionary train"; }
    std::string summary() const override { return "make a zstd dictionary for a category from its stored values"; }
    std::string examples() const override {
        return "aurelis dictionary train user_data --out user_data-1.dict\n"
               "aurelis dictionary train user_data --size 4KiB --samples 2000 --out user_data-2.dict --json";
    }

    void describe(CLI::App& app) override {
        app.add_option("CATEGORY", category_, "whose values")->type_name("");
        app.add_option("--out", file_, "write the dictionary here; in one step, and not over an existing file")
            ->type_name("FILE");
        app.add_option("--size", size_text_, "the largest size of the dictionary (else 16KiB)")->type_name("SIZE");
        app.add_option("--samples", samples_, "use at most N values, chosen at random (else 20000)")
            ->type_name("N");
        app.add_flag("--force", force_, "replace an existing FILE");
    }

    Result<Exit> run() override {
        AURELIS_TRY(size, read_arguments());
        AURELIS_TRY(samples, collect());
        Result<TrainedDictionary> trained = train_dictionary(samples.values(), size);
        if (!trained.has_value()) {
            if (trained.error().status != AURELIS_NOT_FOUND) return std::move(trained).error();
            return falls_short(trained.error().message);
        }
        if (trained->ratio <= trained->ratio_plain)
            return falls_short("the dictionary gains nothing on the values kept back (ratio " +
                               two_digits(trained->ratio) + " with it, " + two_digits(trained->ratio_plain) +
                               " without), so it is not written; leave the category without one");
        AURELIS_TRY_VOID(write_new_file(file_, trained->bytes, force_));
        if (common.json)
            print_line(dump(report(samples, trained.value())));
        else
            print_text(samples, trained.value());
        return Exit::Done;
    }

private:
    // The size of the dictionary.
    Result<size_t> read_arguments() {
        if (category_.empty())
            return usage_error(
                "dictionary train: CATEGORY is missing; such as: aurelis dictionary train user_data "
                "--out user_data-1.dict");
        if (file_.empty())
            return usage_error("dictionary train: --out is missing; give the file to write, such as: --out " +
                               printable(category_) + "-1.dict");
        if (samples_ < kSamplesMin || samples_ > kSamplesMost)
            return usage_error("dictionary train: --samples is out of range; give " + std::to_string(kSamplesMin) +
                               " to " + std::to_string(kSamplesMost));
        const Result<uint64_t> size = parse_size(size_text_);
        if (!size.has_value()) return usage_error("dictionary train: --size: " + size.error().message);
        if (size.value() < kDictionaryBytesMin || size.value() > kDictionaryBytesMax)
            return usage_error("dictionary train: --size is out of range; give 256 to 16MiB");
        const Result<void> place = check_new_file(file_, force_);
        if (!place.has_value()) return usage_error("dictionary train: --out: " + place.error().message);
        return static_cast<size_t>(size.value());
    }

    Result<ValueSamples> collect() const {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(samples, ValueSamples::collect(cache, category_, static_cast<size_t>(samples_)));
        AURELIS_TRY_VOID(cache.close());
        if (samples.too_large() > 0)
            complain(format_count(samples.too_large()) + " values of more than " +
                     format_bytes(ValueSamples::kValueBytesMax) + " are left out: a dictionary does nothing for them");
        return samples;
    }

    Exit falls_short(const std::string& why) const {
        complain("no dictionary for '" + printable(category_) + "': " + why);
        return Exit::Miss;
    }

    std::string absolute_file() const {
        std::error_code failed;
        const std::filesystem::path absolute = std::filesystem::absolute(file_, failed);
        return failed ? file_ : absolute.lexically_normal().string();
    }

    static double mean_bytes(const ValueSamples& samples) {
        return static_cast<double>(samples.bytes()) / static_cast<double>(samples.values().size());
    }

    std::string yaml_dictionaries() const {
        return "dictionaries: {" + yaml_word(category_) + ": [" + yaml_word(absolute_file()) + "]}";
    }

    Json report(const ValueSamples& samples, const TrainedDictionary& trained) const {
        return Json{{"category", category_},       {"file", absolute_file()},
                    {"keys", samples.keys_seen()}, {"samples", samples.values().size()},
                    {"trained", trained.trained},  {"kept_back", trained.kept_back},
                    {"bytes", samples.bytes()},    {"dictionary_bytes", trained.bytes.size()},
                    {"dictionary_id", trained.id}, {"level", kMeasuringLevel},
                    {"ratio", trained.ratio},      {"ratio_without", trained.ratio_plain},
                    {"yaml", yaml_dictionaries()}};
    }

    void print_text(const ValueSamples& samples, const TrainedDictionary& trained) const {
        print_line("samples     " + format_count(samples.values().size()) + " of " + format_count(samples.keys_seen()) +
                   " keys, " + format_bytes(samples.bytes()) + ", " +
                   format_bytes(static_cast<uint64_t>(mean_bytes(samples))) + " on average");
        print_line("trained on  " + format_count(trained.trained) + ", measured on the other " +
                   format_count(trained.kept_back));
        print_line("dictionary  " + format_bytes(trained.bytes.size()) + ", ID " + std::to_string(trained.id) +
                   ", in " + printable(file_));
        print_line("ratio       " + coloured(Colour::Bold, two_digits(trained.ratio)) + " with it, " +
                   two_digits(trained.ratio_plain) + " without (zstd level " + std::to_string(kMeasuringLevel) + ")");
        print_line(
            "\nIn the configuration, before older dictionaries of the category as long as entries need those:\n");
        print_line("    serializers:");
        print_line("      - use: zstd");
        if (mean_bytes(samples) < 2 * kUsualThreshold)
            print_line("        threshold: 64  # Else values of up to 1 KiB are not compressed.");
        print_line("        " + yaml_dictionaries());
    }

    std::string category_, file_, size_text_ = "16KiB";
    uint64_t samples_ = 20'000;
    bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_dictionary_train() { return std::make_unique<DictionaryTrain>(); }

}  // namespace aurelis::cli
