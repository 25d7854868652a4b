// Trusted paths: who may own the parts of a path, who may write them, which links are followed, and that each refusal
// names the fault and the command that fixes it. Foreign owners need root; without it those cases are skipped.
#include <aurelis/base/trusted_path.hpp>

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <cstdlib>

using aurelis::open_trusted;
using aurelis::PathRules;
using aurelis::trusted_place;
using aurelis::test::Folder;

namespace {

constexpr uid_t kStranger = 65533;

bool is_root() { return geteuid() == 0; }
void set_mode(const std::string& path, mode_t mode) { REQUIRE(chmod(path.c_str(), mode) == 0); }
void make_folder(const std::string& path, mode_t mode = 0700) {
    REQUIRE(mkdir(path.c_str(), 0700) == 0);
    set_mode(path, mode);
}
void give_away(const std::string& path) { REQUIRE(lchown(path.c_str(), kStranger, kStranger) == 0); }
void link_to(const std::string& target, const std::string& path) {
    REQUIRE(symlink(target.c_str(), path.c_str()) == 0);
}
// Gives it to a group that is not a user's private one.
void make_common(const std::string& path) { REQUIRE(chown(path.c_str(), static_cast<uid_t>(-1), kStranger) == 0); }

std::string refusal(const std::string& path, const PathRules& rules = {}) {
    int code = -1;
    const auto opened = open_trusted(path, O_RDONLY, rules, &code);
    if (opened) return "opened";
    CHECK(opened.error().status == AURELIS_E_CONFIG);
    CHECK(code == 0);
    return opened.error().message;
}

std::string content(const std::string& path, const PathRules& rules = {}) {
    const auto file = open_trusted(path, O_RDONLY, rules);
    if (!file) return file.error().message;
    return aurelis::read_up_to(file.value().file, 100).value_or("not readable");
}

// The temporary folder may itself be reached by a link.
std::string real(const Folder& folder, const std::string& name) {
    return std::filesystem::canonical(folder.path()).string() + "/" + name;
}

}  // namespace

TEST_CASE("trusted path: files of ours are opened, over folders, dots and our own links, away from 0 to 2") {
    const Folder folder;
    folder.write("a/b/file", "text");
    CHECK(content(folder / "a/b/file") == "text");
    CHECK(content(folder / "a/./b/../b//file") == "text");
    link_to("b", folder / "a/relative");
    link_to(folder / "a/relative", folder / "absolute");
    link_to("absolute/file", folder / "file");
    CHECK(content(folder / "absolute/file") == "text");
    CHECK(content(folder / "file") == "text");
    const auto place = trusted_place(folder / "file");
    REQUIRE(place);
    CHECK(place.value().path == real(folder, "a/b/file"));
    CHECK(place.value().name == "file");
    CHECK(place.value().folder.number() > 2);
    CHECK((fcntl(place.value().folder.number(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(trusted_place(folder / "a/b/..").value().path == real(folder, "a"));
}

TEST_CASE("trusted path: a relative path begins at the working folder") {
    const Folder folder;
    folder.write("a/file", "text");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    const std::string got = content("a/../a/file");
    std::filesystem::current_path(before);
    CHECK(got == "text");
}

TEST_CASE("trusted path: a place may be free, and missing folders are made for this user only") {
    const Folder folder;
    int code = 0;
    CHECK(trusted_place(folder / "new").value().path == real(folder, "new"));
    CHECK_FALSE(trusted_place(folder / "a/b/new", {}, &code));
    CHECK(code == ENOENT);
    const mode_t before = umask(0);
    const auto place = trusted_place(folder / "a/b/new", {.make_folders = true});
    umask(before);
    REQUIRE(place);
    struct stat info {};
    REQUIRE(fstat(place.value().folder.number(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0700);
    link_to("b/later", folder / "a/dangling");
    CHECK(trusted_place(folder / "a/dangling").value().path == real(folder, "a/b/later"));
}

TEST_CASE("trusted path: what the system refuses is told by errno, and a pipe is not waited for") {
    const Folder folder;
    folder.write("file", "text");
    const auto code_of = [](const std::string& path) {
        int code = 0;
        const auto opened = open_trusted(path, O_RDONLY, {}, &code);
        CHECK_FALSE(opened);
        return code;
    };
    CHECK(code_of(folder / "missing") == ENOENT);
    CHECK(code_of(folder / "file/below") == ENOTDIR);
    CHECK(code_of(folder.path()) == EINVAL);
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(code_of(folder / "pipe") == EINVAL);
    link_to("loop", folder / "loop");
    CHECK(code_of(folder / "loop") == ELOOP);
    CHECK(code_of(folder / std::string(5000, 'x')) == ENAMETOOLONG);
    CHECK(code_of("") == ENOENT);
}

TEST_CASE("trusted path: what others can write is refused, all of it with one command") {
    const Folder folder;
    folder.write("open/deep/file", "text", 0666);
    set_mode(folder / "open", 0777);
    CHECK(refusal(folder / "open/deep/file") == "the folder " + real(folder, "open") + " and the file " +
                                                    real(folder, "open/deep/file") +
                                                    " can be written by others; run: chmod go-w " +
                                                    real(folder, "open") + " " + real(folder, "open/deep/file"));
    set_mode(folder / "open", 0700);
    set_mode(folder / "open/deep/file", 0604);
    CHECK(content(folder / "open/deep/file") == "text");
    make_folder(folder / "it's open", 0777);
    folder.write("it's open/file", "text", 0666);
    CHECK(refusal(folder / "it's open/file").find("chmod go-w '" + real(folder, "it'\\''s open'")) !=
          std::string::npos);
}

TEST_CASE("trusted path: a sticky folder is passed, but files are not made in it") {
    const Folder folder;
    make_folder(folder / "tmp", 01777);
    folder.write("tmp/file", "text");
    set_mode(folder / "tmp", 01777);
    CHECK(content(folder / "tmp/file") == "text");
    CHECK(refusal(folder / "tmp/file", {.own_folder = true}) ==
          "the folder " + real(folder, "tmp") + " can be written by others; run: mkdir -m 700 " +
              real(folder, "tmp/aurelis") + ", and name " + real(folder, "tmp/aurelis/file") + " instead");
    folder.write("tmp/own/file", "text");
    set_mode(folder / "tmp/own", 0755);
    CHECK(content(folder / "tmp/own/file", {.own_folder = true}) == "text");
}

TEST_CASE("trusted path: a group may write what is its owner's private group's, unless the rules say no") {
    if (!is_root()) return;  // Groups are given away.
    const Folder folder;
    folder.write("shared/file", "text", 0664);
    set_mode(folder / "shared", 0775);
    CHECK(content(folder / "shared/file") == "text");  // Of root's own group, as umask 002 makes them.
    CHECK(refusal(folder / "shared/file", {.no_group = true}) ==
          "the folder " + real(folder, "shared") + " and the file " + real(folder, "shared/file") +
              " can be written by others; run: chmod go-w " + real(folder, "shared") + " " +
              real(folder, "shared/file"));
    make_common(folder / "shared");
    CHECK(refusal(folder / "shared/file") == "the folder " + real(folder, "shared") +
                                                 " can be written by others; run: chmod go-w " +
                                                 real(folder, "shared"));
}

TEST_CASE("trusted path: what belongs to another user is refused, and the way out is named") {
    if (!is_root()) return;
    const Folder folder;
    folder.write("theirs/file", "text", 0666);
    give_away(folder / "theirs");
    CHECK(refusal(folder / "theirs/file") ==
          "the folder " + real(folder, "theirs") + " belongs to another user (uid 65533), the file " +
              real(folder, "theirs/file") + " can be written by others; run: chown root " + real(folder, "theirs") +
              " && chmod go-w " + real(folder, "theirs/file") + ", or run this as uid 65533");
    folder.write("ours/file", "text");
    give_away(folder / "ours/file");
    CHECK(refusal(folder / "ours/file") == "the file " + real(folder, "ours/file") +
                                               " belongs to another user (uid 65533); run: chown root " +
                                               real(folder, "ours/file") + ", or run this as uid 65533");
}

TEST_CASE("trusted path: a link of another user is not followed, wherever it stands, nor one of ours to his things") {
    if (!is_root()) return;
    const Folder folder;
    make_folder(folder / "tmp", 01777);
    folder.write("ours/file", "text");
    link_to(folder / "ours/file", folder / "tmp/planted");
    give_away(folder / "tmp/planted");
    CHECK(refusal(folder / "tmp/planted") == "the symbolic link " + real(folder, "tmp/planted") +
                                                 " belongs to another user (uid 65533); run: rm " +
                                                 real(folder, "tmp/planted"));
    CHECK_FALSE(trusted_place(folder / "tmp/planted"));
    link_to(folder / "ours", folder / "tmp/folder");
    CHECK(content(folder / "tmp/folder/file") == "text");
    give_away(folder / "tmp/folder");
    CHECK(refusal(folder / "tmp/folder/file").find("the symbolic link") == 0);
    folder.write("theirs", "text");
    give_away(folder / "theirs");
    link_to(folder / "theirs", folder / "link");
    CHECK(refusal(folder / "link").find("the file " + real(folder, "theirs") + " belongs") == 0);
}

TEST_CASE("trusted path: a socket's folder may be its service's, in a folder that only root and we change") {
    if (!is_root()) return;
    const Folder folder;
    folder.write("run/service/socket", "stands for one");
    make_folder(folder / "run/open", 0777);
    const auto refusal_of_socket = [&](const std::string& path) {
        int code = -1;
        const auto place = aurelis::trusted_socket(folder / path, &code);
        return place ? "used" : code != 0 ? "errno" : place.error().message;
    };
    give_away(folder / "run/service");
    give_away(folder / "run/service/socket");
    CHECK(refusal_of_socket("run/service/socket") == "used");
    CHECK(refusal_of_socket("run/service/missing") == "errno");
    set_mode(folder / "run/service", 0775);
    CHECK(refusal_of_socket("run/service/socket") == "used");
    set_mode(folder / "run/service", 0777);
    CHECK(refusal_of_socket("run/service/socket").find("can be written by others") != std::string::npos);
    set_mode(folder / "run/service", 01777);
    CHECK(refusal_of_socket("run/service/socket").find("the socket " + real(folder, "run/service/socket") +
                                                       " belongs to another user") == 0);
    set_mode(folder / "run/service", 0755);
    set_mode(folder / "run", 0777);
    CHECK(refusal_of_socket("run/service/socket").find("the folder " + real(folder, "run/service") + " belongs") == 0);
    CHECK(refusal_of_socket("run/open/missing").find("can be written by others") != std::string::npos);
    set_mode(folder / "run", 0755);
    link_to(folder / "run/open", folder / "run/link");
    give_away(folder / "run/link");
    CHECK(refusal_of_socket("run/link/socket").find("the symbolic link") == 0);
}
