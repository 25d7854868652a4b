#include "plugin/elf_file.hpp"

#include <cstdint>
#include <cstring>

#if defined(__ELF__)
#include <elf.h>
#endif

namespace aurelis::core {

#if defined(__ELF__)
namespace {

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
constexpr unsigned char kOurOrder = ELFDATA2MSB;
#else
constexpr unsigned char kOurOrder = ELFDATA2LSB;
#endif

// EM_NONE: a machine that is not listed; its libraries are left to the dynamic linker to check.
#if defined(__x86_64__)
constexpr Elf64_Half kOurMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kOurMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half kOurMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr Elf64_Half kOurMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr Elf64_Half kOurMachine = EM_S390;
#else
constexpr Elf64_Half kOurMachine = EM_NONE;
#endif

std::string machine_name(Elf64_Half machine) {
    switch (machine) {
        case EM_386: return "i386";
        case EM_X86_64: return "x86-64";
        case EM_ARM: return "arm";
        case EM_AARCH64: return "aarch64";
        case EM_RISCV: return "riscv";
        case EM_PPC64: return "ppc64";
        case EM_S390: return "s390x";
        default: return "machine " + std::to_string(machine) + " of the ELF list";
    }
}

bool lies_within(uint64_t offset, uint64_t size, uint64_t whole) noexcept {
    return offset <= whole && size <= whole - offset;
}

}  // namespace

std::string elf_fault(std::string_view file) {
    constexpr const char* kCutShort = "is cut short; build or install it again";
    Elf64_Ehdr head;
    if (file.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG).substr(0, file.size()))
        return "is not a library; name the .so that the build of a plugin makes";
    if (file.size() < sizeof head) return kCutShort;
    std::memcpy(&head, file.data(), sizeof head);
    if (head.e_ident[EI_CLASS] != ELFCLASS64) return "is not a 64-bit library; build it as one for this system";
    const bool is_ours = head.e_ident[EI_DATA] == kOurOrder && head.e_machine == kOurMachine;
    if (kOurMachine != EM_NONE && !is_ours)
        return "is built for another processor (" +
               (head.e_ident[EI_DATA] == kOurOrder ? machine_name(head.e_machine) : "of the other byte order") +
               "), and this program runs on " + machine_name(kOurMachine) + "; build it on this system";
    if (head.e_type != ET_DYN || head.e_phentsize != sizeof(Elf64_Phdr))
        return "is not a 64-bit library; build it as one for this system";
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
