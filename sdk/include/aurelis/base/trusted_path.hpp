// Trusted paths: opens what a path leads to only if no user but root and this process's own can change where it leads.
// The path is walked from /, descriptor by descriptor. A folder on the way must belong to root or to us and must not be
// writable by others, unless it is sticky (then the next component must be root's or ours, like everything else). A
// symbolic link is followed if it belongs to root or to us. All faults of a path are reported in one sentence, with a
// single command that fixes them. Leaves to others: what the opened file must hold.
#pragma once

#include <aurelis/base/descriptor.hpp>
#include <aurelis/base/result.hpp>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis {

// Owns a descriptor that is 3 or more and closed by exec.
class Descriptor {
public:
    Descriptor() = default;
    // Takes over what open() and the like returned, including -1 with errno.
    explicit Descriptor(int fd) noexcept : fd_(above_standard(fd)) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    int number() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int give() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

struct PathRules {
    // Creates missing folders, readable by this user only.
    bool make_folders = false;
    // The last folder must not be writable by others at all, sticky or not: files are created beside the named one.
    bool own_folder = false;
    // The last folder and the file must not be writable by a group either, even if it is the private group of their
    // owner, as on distributions with umask 002. Above the last folder such a group is always accepted.
    bool no_group = false;
    // The name is that of a socket that a service listens on. The last folder may belong to the service's user, if only
    // root and we can change the folder above it, and a group may write there, too. The socket itself may be anyone's,
    // unless everyone can put one there.
    bool socket = false;
};

// Where a path leads: the folder, opened with O_PATH, and the name in it, which is not a link and may be missing.
struct TrustedPlace {
    Descriptor folder;
    std::string name;
    std::string path;  // Absolute, with all links resolved.
};

struct TrustedFile {
    Descriptor file;
    TrustedPlace place;
};

namespace trusted_path {

inline bool is_ours(uid_t owner) noexcept { return owner == 0 || owner == geteuid(); }

// One word of a command line, quoted as needed.
inline std::string quoted(const std::string& text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,=@";
    if (text.find_first_not_of(kPlain) == std::string::npos) return text;
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

struct CloseFile {
    void operator()(FILE* file) const noexcept { std::fclose(file); }
};

// Whether the group is the owner's own: of the same name, with no other member. True only if the system's own files say
// so.
inline bool is_private_group(uid_t owner, gid_t group) {
    const std::unique_ptr<FILE, CloseFile> users(std::fopen("/etc/passwd", "re"));
    const std::unique_ptr<FILE, CloseFile> groups(std::fopen("/etc/group", "re"));
    if (users == nullptr || groups == nullptr) return false;
    std::vector<char> room(1 << 16);
    std::string name;
    passwd user{}, *found_user = nullptr;
    while (fgetpwent_r(users.get(), &user, room.data(), room.size(), &found_user) == 0) {
        if (user.pw_uid == owner && name.empty()) name = user.pw_name;
        if (user.pw_uid != owner && user.pw_gid == group) return false;
    }
    ::group each{}, *found_group = nullptr;
    while (fgetgrent_r(groups.get(), &each, room.data(), room.size(), &found_group) == 0) {
        if (each.gr_gid != group) continue;
        for (char** member = each.gr_mem; *member != nullptr; ++member)
            if (name != *member) return false;
        return !name.empty() && name == each.gr_name;
    }
    return false;
}

inline bool has_access_list(int fd) {
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    return getxattr(name.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

// Whether it is on a read-only mount, such as the configuration of a container.
inline bool is_read_only(int fd) {
    struct statvfs mount {};
    return fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

// fd may be an O_PATH descriptor.
inline bool others_can_write(int fd, const struct stat& info, bool no_group) {
    if ((info.st_mode & (S_IWOTH | S_IWGRP)) == 0 || is_read_only(fd)) return false;
    if ((info.st_mode & S_IWOTH) != 0) return true;
    return no_group || has_access_list(fd) || !is_private_group(info.st_uid, info.st_gid);
}

inline Error cannot_open(const std::string& path, int code) {
    const bool is_full = code == ENOSPC || code == EDQUOT;
    return fail(is_full ? AURELIS_E_FULL : AURELIS_E_UNAVAILABLE, "cannot open " + path + ": " + std::strerror(code));
}

// What is wrong with a path, collected over the whole of it.
class Faults {
public:
    bool none() const noexcept { return strangers_.empty() && open_.empty() && links_.empty() && sticky_.empty(); }

    void judge(int fd, const struct stat& info, const std::string& path, bool no_group) {
        const std::string noun = S_ISDIR(info.st_mode) ? "folder " : "file ";
        if (!is_ours(info.st_uid)) add(strangers_, noun, path), stranger_ = info.st_uid;
        const bool is_sticky = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
        if (!is_sticky && others_can_write(fd, info, no_group)) add(open_, noun, path);
    }
    // A folder that a service owns or shares with us through a group: its only possible fault is that everyone can
    // write there.
    void judge_service_folder(int fd, const struct stat& info, const std::string& path) {
        const bool is_open = (info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0 && !is_read_only(fd);
        if (is_open) add(open_, "folder ", path);
    }
    void judge_socket(const struct stat& info, const std::string& path) {
        if (!is_ours(info.st_uid)) add(strangers_, "socket ", path), stranger_ = info.st_uid;
    }
    void judge_link(const struct stat& info, const std::string& path) {
        if (!is_ours(info.st_uid)) add(links_, "symbolic link ", path), stranger_ = info.st_uid;
    }
    // The last folder, if files of ours are created in it.
    void judge_own_folder(int fd, const struct stat& info, const std::string& path, bool no_group) {
        if ((info.st_mode & S_ISVTX) != 0 && others_can_write(fd, info, no_group)) add(sticky_, "folder ", path);
    }

    std::string sentence(const std::string& name) const {
        std::string what, command, other_way;
        const auto clause = [&](const Things& things, const char* one, const char* many, const std::string& mends) {
            if (things.empty()) return;
            for (const Thing& thing : things)
                what += (what.empty()                ? "the "
                         : &thing == &things.front() ? ", the "
                                                     : " and the ") +
                        thing.noun + thing.path;
            what += things.size() == 1 ? one : many;
            command += (command.empty() ? "" : " && ") + mends;
            for (const Thing& thing : things) command += " " + quoted(thing.path);
        };
        const std::string whose = " to another user (uid " + std::to_string(stranger_) + ")";
        const std::string us = geteuid() == 0 ? "root" : std::to_string(geteuid());
        clause(links_, (" belongs" + whose).c_str(), (" belong" + whose).c_str(), "rm");
        clause(strangers_, (" belongs" + whose).c_str(), (" belong" + whose).c_str(), "chown " + us);
        clause(open_, " can be written by others", " can be written by others", "chmod go-w");
        if (!strangers_.empty()) other_way = ", or run this as uid " + std::to_string(stranger_);
        if (!sticky_.empty()) {
            const std::string folder = (sticky_.front().path == "/" ? "" : sticky_.front().path) + "/aurelis";
            what += (what.empty() ? "" : ", ") + ("the folder " + sticky_.front().path + " can be written by others");
            command += (command.empty() ? "" : " && ") + ("mkdir -m 700 " + quoted(folder));
            other_way += ", and name " + folder + "/" + name + " instead";
        }
        return what + "; run: " + command + other_way;
    }

private:
    struct Thing {
        std::string noun, path;
    };
    using Things = std::vector<Thing>;
    static void add(Things& things, const std::string& noun, const std::string& path) {
        for (const Thing& thing : things)
            if (thing.path == path) return;
        things.push_back({noun, path});
    }

    Things links_, strangers_, open_, sticky_;
    uid_t stranger_ = 0;
};

class Walk {
public:
    explicit Walk(const PathRules& rules) : rules_(rules) {}

    // Walks from / to the folder of the last name. Returns errno, or 0 if it got as far as the faults allow.
    int run(const std::string& path) {
        if (path.empty() || path.find('\0') != std::string::npos) return stopped(path, ENOENT);
        if (path.front() != '/') {
            const std::unique_ptr<char, decltype(&std::free)> folder(getcwd(nullptr, 0), &std::free);
            if (folder == nullptr) return stopped(path, errno);
            if (*folder != '/') return stopped(path, ENOENT);
            lie_ahead(path);
            lie_ahead(folder.get());
        } else {
            lie_ahead(path);
        }
        if (!to_root()) return stopped("/", errno);
        while (!ahead_.empty())
            if (const int code = step(); code != 0 || broken_off_) return code;
        struct stat info {};
        if (fstat(place_.folder.number(), &info) != 0) return stopped(folder_, errno);
        if (rules_.no_group) faults_.judge(place_.folder.number(), info, shown_folder(), true);
        if (rules_.own_folder) faults_.judge_own_folder(place_.folder.number(), info, shown_folder(), rules_.no_group);
        if (place_.name.empty()) place_.name = ".";
        place_.path = place_.name == "." ? shown_folder() : folder_ + "/" + place_.name;
        return 0;
    }

    // Judges what is at the end of the path; errno if there is nothing.
    int judge_end(struct stat& info) {
        if (broken_off_) return 0;
        const Descriptor end(openat(place_.folder.number(), place_.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!end || fstat(end.number(), &info) != 0) return stopped(place_.path, errno);
        if (!rules_.socket) {
            faults_.judge(end.number(), info, place_.path, rules_.no_group);
        } else if (struct stat folder {}; fstat(place_.folder.number(), &folder) != 0) {
            return stopped(folder_, errno);
        } else if ((folder.st_mode & S_IWOTH) != 0) {
            faults_.judge_socket(info, place_.path);
        }
        return 0;
    }

    Error error(int code) const {
        if (faults_.none()) return cannot_open(stopped_, code);
        return fail(AURELIS_E_CONFIG, faults_.sentence(place_.name));
    }
    const Faults& faults() const noexcept { return faults_; }
    TrustedPlace& place() noexcept { return place_; }

private:
    static constexpr int kLinksMost = 40;

    std::string shown_folder() const { return folder_.empty() ? "/" : folder_; }

    int stopped(const std::string& where, int code) {
        stopped_ = where;
        return code;
    }

    // Puts the components in front of the remaining ones; the next one is at the end of the list.
    void lie_ahead(std::string_view path) {
        std::vector<std::string> parts;
        while (!path.empty()) {
            const size_t end = std::min(path.find('/'), path.size());
            if (end != 0 && path.substr(0, end) != ".") parts.emplace_back(path.substr(0, end));
            path.remove_prefix(std::min(end + 1, path.size()));
        }
        ahead_.insert(ahead_.end(), parts.rbegin(), parts.rend());
    }

    bool to_root() {
        Descriptor root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
        struct stat info {};
        if (!root || fstat(root.number(), &info) != 0) return false;
        faults_.judge(root.number(), info, "/", false);
        place_.folder = std::move(root);
        folder_.clear();
        return true;
    }

    int step() {
        const std::string name = std::move(ahead_.back());
        ahead_.pop_back();
        const bool is_last = ahead_.empty();
        const std::string here = name == ".." ? folder_.substr(0, folder_.rfind('/')) : folder_ + "/" + name;
        if (name == ".." && folder_.empty()) return 0;
        Descriptor next(openat(place_.folder.number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!next && errno == ENOENT && is_last) return place_.name = name, 0;
        if (!next && errno == ENOENT && rules_.make_folders && faults_.none()) {
            if (mkdirat(place_.folder.number(), name.c_str(), 0700) != 0 && errno != EEXIST)
                return stopped(here, errno);
            next = Descriptor(openat(place_.folder.number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        }
        struct stat info {};
        if (!next || fstat(next.number(), &info) != 0) return stopped(here, errno);
        if (S_ISLNK(info.st_mode)) return follow(next.number(), info, here);
        if (is_last && name != "..") return place_.name = name, 0;
        if (!S_ISDIR(info.st_mode)) return stopped(here, ENOTDIR);
        const std::string shown = here.empty() ? "/" : here;
        if (rules_.socket && ahead_.size() == 1 && only_we_change(place_.folder.number()))
            faults_.judge_service_folder(next.number(), info, shown);
        else
            faults_.judge(next.number(), info, shown, false);
        place_.folder = std::move(next);
        folder_ = here;
        return 0;
    }

    static bool only_we_change(int folder) {
        struct stat info {};
        return fstat(folder, &info) == 0 && is_ours(info.st_uid) && !others_can_write(folder, info, false);
    }

    int follow(int link, const struct stat& info, const std::string& here) {
        faults_.judge_link(info, here);
        if (!is_ours(info.st_uid)) return broken_off_ = true, 0;
        if (++links_ > kLinksMost) return stopped(here, ELOOP);
        std::string target(PATH_MAX, '\0');
        const ssize_t size = readlinkat(link, "", target.data(), target.size());
        if (size <= 0) return stopped(here, size < 0 ? errno : ENOENT);
        target.resize(static_cast<size_t>(size));
        if (target.front() == '/' && !to_root()) return stopped("/", errno);
        lie_ahead(target);
        return 0;
    }

    PathRules rules_;
    std::vector<std::string> ahead_;
    std::string folder_;  // Of place_.folder, without a slash at the end.
    std::string stopped_;
    TrustedPlace place_;
    Faults faults_;
    int links_ = 0;
    bool broken_off_ = false;  // At a link that is not followed.
};

}  // namespace trusted_path

// The place that a path leads to; nothing needs to exist there yet. On failure *code is errno, or 0 if the path is
// refused, which is AURELIS_E_CONFIG; the text of a refusal ends with the way out, that of a failure does not.
inline Result<TrustedPlace> trusted_place(const std::string& path, const PathRules& rules = {}, int* code = nullptr) {
    trusted_path::Walk walk(rules);
    const int failed = walk.run(path);
    if (code != nullptr) *code = walk.faults().none() ? failed : 0;
    if (failed != 0 || !walk.faults().none()) return walk.error(failed);
    return std::move(walk.place());
}

// The place of a socket to connect to, by its name below /proc/self/fd/FOLDER; errors as above.
inline Result<TrustedPlace> trusted_socket(const std::string& path, int* code = nullptr) {
    trusted_path::Walk walk({.socket = true});
    struct stat end {};
    int failed = walk.run(path);
    if (failed == 0) failed = walk.judge_end(end);
    if (code != nullptr) *code = walk.faults().none() ? failed : 0;
    if (failed != 0 || !walk.faults().none()) return walk.error(failed);
    return std::move(walk.place());
}

// The file or folder (O_DIRECTORY) that a path leads to, open. Never waits for a pipe. A file that is not a regular one
// fails with EINVAL.
inline Result<TrustedFile> open_trusted(const std::string& path, int flags, const PathRules& rules = {},
                                        int* code = nullptr) {
    trusted_path::Walk walk(rules);
    struct stat judged {};
    int failed = walk.run(path);
    if (failed == 0) failed = walk.judge_end(judged);
    const bool is_other_kind =
        failed == 0 && judged.st_mode != 0 && (flags & O_DIRECTORY) == 0 && !S_ISREG(judged.st_mode);
    if (code != nullptr) *code = walk.faults().none() ? failed : 0;
    if (!is_other_kind && (failed != 0 || !walk.faults().none())) return walk.error(failed);
    TrustedPlace& place = walk.place();
    const auto stopped = [&](int why) {
        if (code != nullptr) *code = why;
        return trusted_path::cannot_open(place.path, why);
    };
    if (is_other_kind) return stopped(EINVAL);
    const int safe = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    Descriptor file(openat(place.folder.number(), place.name.c_str(), flags | safe));
    struct stat opened {};
    if (!file || fstat(file.number(), &opened) != 0) return stopped(errno);
    if (opened.st_dev != judged.st_dev || opened.st_ino != judged.st_ino)
        return stopped(ESTALE);  // Replaced meanwhile.
    return TrustedFile{std::move(file), std::move(place)};
}

// What an open regular file holds, at most bytes_max bytes; nullopt with errno set if it cannot be read.
inline std::optional<std::string> read_up_to(const Descriptor& file, size_t bytes_max) {
    std::string text;
    while (text.size() < bytes_max) {
        const size_t have = text.size();
        text.resize(have + std::min(bytes_max - have, size_t{1} << 18));
        const ssize_t got = read(file.number(), text.data() + have, text.size() - have);
        if (got < 0 && errno != EINTR) return std::nullopt;
        text.resize(have + static_cast<size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) break;
    }
    return text;
}

}  // namespace aurelis
