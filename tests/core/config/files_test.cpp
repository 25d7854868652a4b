#include "config/files.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace aurelis::core;
using namespace aurelis::core::test;

TEST_CASE("files: a regular file is read whole, up to the bound") {
    const Folder folder;
    const std::string file = folder.write("a.txt", std::string("x\0y", 3));
    CHECK(read_regular_file(file, 3).value() == std::string("x\0y", 3));
    CHECK(read_regular_file(file, 2).error().message == "'" + file + "' is longer than 2B; shorten it");
    CHECK(read_regular_file(folder.write("empty", ""), 10).value().empty());
}

TEST_CASE("files: anything but a readable regular file is refused, a pipe without waiting for it") {
    const Folder folder;
    CHECK(read_regular_file(folder / "no", 9).error().message ==
          "'" + folder / "no" + "' does not exist; create it or name another file");
    CHECK(contains(read_regular_file(folder.path(), 9).error().message, "is not a regular file"));
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(contains(read_regular_file(folder / "pipe", 9).error().message, "is not a regular file"));
    CHECK(contains(read_regular_file(folder / std::string(5000, 'x'), 9).error().message, "cannot be reached"));
    CHECK(contains(read_regular_file("/proc/self/mem", 9).error().message, "cannot be read"));
    REQUIRE(symlink("loop", (folder / "loop").c_str()) == 0);
    CHECK_FALSE(read_regular_file(folder / "loop", 9));
}

TEST_CASE("files: what others can change is not read, and the command that mends it is told") {
    const Folder folder;
    const std::string file = folder.write("open/a.yaml", "x", 0666);
    const std::string open = folder / "open";
    REQUIRE(chmod(open.c_str(), 0777) == 0);
    CHECK(read_regular_file(file, 9).error().message ==
          "'" + file + "': the folder " + open + " and the file " + file +
              " can be written by others; run: chmod go-w " + open + " " + file);
    REQUIRE(chmod(open.c_str(), 01777) == 0);
    REQUIRE(chmod(file.c_str(), 0644) == 0);
    CHECK(read_regular_file(file, 9).value() == "x");
    REQUIRE(symlink(file.c_str(), (folder / "link").c_str()) == 0);
    CHECK(read_regular_file(folder / "link", 9).value() == "x");
    if (geteuid() != 0) return;
    REQUIRE(lchown((folder / "link").c_str(), 65533, 65533) == 0);
    CHECK(contains(read_regular_file(folder / "link", 9).error().message, "; run: rm " + (folder / "link")));
    REQUIRE(chown(file.c_str(), 65533, 65533) == 0);
    CHECK(contains(read_regular_file(file, 9).error().message,
                   "belongs to another user (uid 65533); run: chown root " + file));
}

TEST_CASE("files: paths become absolute from the folder") {
    CHECK(absolute_path("a/b", "/x").value() == "/x/a/b");
    CHECK(absolute_path("./a/../b", "/x/y").value() == "/x/y/b");
    CHECK(absolute_path("../lib", "/x/y").value() == "/x/lib");
    CHECK(absolute_path("/abs/./f", "/x").value() == "/abs/f");
    CHECK(absolute_path("a/", "/x").value() == "/x/a");
    CHECK(absolute_path(".", "/x").value() == "/x");
    CHECK(absolute_path("..", "/x").value() == "/");
    CHECK(absolute_path("rel", "").value() == std::filesystem::current_path().string() + "/rel");
    CHECK(absolute_path("", "/x").error().message == "expected a path, got an empty text");
    CHECK(contains(absolute_path("~/x", "/x").error().message, "write ${HOME}"));
    CHECK(contains(absolute_path(std::string("a\0b", 3), "/x").error().message, "NUL"));
}

TEST_CASE("files: the folder of a file is absolute") {
    CHECK(folder_of("/etc/aurelis/a.yaml") == "/etc/aurelis");
    CHECK(folder_of("a.yaml") == std::filesystem::current_path().string());
    CHECK(folder_of("./sub/../a.yaml") == std::filesystem::current_path().string());
}
