#include "plugin/elf_file.hpp"

#include <cstdint>
#include <cstring>

#if defined(__ELF__)
#include <elf.h>
#endif

namespace aurelis::core {

#if defined(__ELF__)
namespace {

bool lies_within(uint64_t offset, uint64_t size, uint64_t whole) noexcept {
    return offset <= whole && size <= whole - offset;
}

}  // namespace

std::string elf_fault(std::string_view file) {
    constexpr const char* kCutShort = "is cut short; build or install it again";
    Elf64_Ehdr head;
    if (file.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG).substr(0, file.size()))
        return "is no library; name the .so that the build of a plugin makes";
    if (file.size() < sizeof head) return kCutShort;
    std::memcpy(&head, file.data(), sizeof head);
    if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_type != ET_DYN || head.e_phentsize != sizeof(Elf64_Phdr))
        return "is no 64-bit library; build it as one for this system";
    if (!lies_within(head.e_phoff, uint64_t{head.e_phnum} * sizeof(Elf64_Phdr), file.size())) return kCutShort;
    for (size_t i = 0; i < head.e_phnum; ++i) {
        Elf64_Phdr segment;
        std::memcpy(&segment, file.data() + head.e_phoff + i * sizeof segment, sizeof segment);
        const bool is_mapped = segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC;
        if (is_mapped && !lies_within(segment.p_offset, segment.p_filesz, file.size())) return kCutShort;
    }
    return {};
}
#else
std::string elf_fault(std::string_view) { return {}; }
#endif

}  // namespace aurelis::core
