// Shared<T>: an object in memory that this process shares with those that it forks. Meeting: where the processes wait
// for each other.
#pragma once

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace aurelis::stress {

template <typename T>
class Shared {
public:
    Shared() {
        void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        object_ = new (memory) T;
    }
    ~Shared() { munmap(object_, sizeof(T)); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;

    T& operator*() const noexcept { return *object_; }
    T* operator->() const noexcept { return object_; }

private:
    T* object_;
};

// Of one thread of each of `count` processes.
class Meeting {
public:
    explicit Meeting(int count = 2) noexcept : count_(count) {
        pthread_mutexattr_t shared_mutex;
        pthread_mutexattr_init(&shared_mutex);
        pthread_mutexattr_setpshared(&shared_mutex, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(&mutex_, &shared_mutex);
        pthread_condattr_t shared_condition;
        pthread_condattr_init(&shared_condition);
        pthread_condattr_setpshared(&shared_condition, PTHREAD_PROCESS_SHARED);
        pthread_cond_init(&all_here_, &shared_condition);
    }
    // Ends the process if the others do not come for ten minutes: they have died, or hang.
    void wait() noexcept {
        timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 600;
        pthread_mutex_lock(&mutex_);
        const unsigned round = round_;
        if (++here_ == count_) {
            here_ = 0;
            ++round_;
            pthread_cond_broadcast(&all_here_);
        }
        while (round == round_) {
            if (pthread_cond_timedwait(&all_here_, &mutex_, &until) != ETIMEDOUT) continue;
            std::fprintf(stderr, "the other process does not come\n");
            std::_Exit(4);
        }
        pthread_mutex_unlock(&mutex_);
    }

private:
    const int count_;
    pthread_mutex_t mutex_;
    pthread_cond_t all_here_;
    int here_ = 0;        // Guarded by mutex_, as is the next.
    unsigned round_ = 0;
};

}  // namespace aurelis::stress
