/* The few types that the plugin ABI (abi.h) and the host API (aurelis.h) have in common.
 * C11, also valid C++17 and later; nothing but the C standard headers. Everything here is frozen in 1.x:
 * constants are only added, layouts never change. Leaves to others: all operations, except releasing a buffer and
 * reading attributes. */
#ifndef AURELIS_TYPES_H
#define AURELIS_TYPES_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define AURELIS_NX noexcept
extern "C" {
#else
#define AURELIS_NX
#endif
#if defined(_WIN32)
#define AURELIS_EXPORT __declspec(dllexport)
#else
#define AURELIS_EXPORT __attribute__((visibility("default")))
#endif
#if UINTPTR_MAX != UINT64_MAX
#error "aurelis supports 64-bit targets only (one C calling convention, one set of layouts)"
#endif
#ifdef __cplusplus
#define AURELIS_STATIC_ASSERT static_assert
#else
#define AURELIS_STATIC_ASSERT _Static_assert
#endif

/* The outcome of an operation. 0 and above are answers (a miss is one), below 0 are errors. A reader treats any
 * negative code that it does not know as AURELIS_E_FAILED, and likewise any answer that the function is not documented
 * to return: the outcome of the call is then unknown. */
typedef int32_t aurelis_status;
enum {
  AURELIS_OK = 0,
  AURELIS_NOT_FOUND = 1, /* get, remove, touch: no such live key */
  AURELIS_STALE = 2, /* get: the answer is filled, its stale time has passed. Returned by the core and by
                      * strategies, only where the caller allowed it. A backend does not judge: it returns OK */
  AURELIS_NOT_STORED = 3, /* set: not admitted; the store now holds NOTHING under the key, the old value is gone */
  AURELIS_CONFLICT = 4, /* set: a condition (IF_*) is not met; nothing has changed */
  AURELIS_PARTIAL = 5, /* batches: look at the status of each item; clear, scan: some layers only */
  AURELIS_PENDING = 6, /* reserved for aurelis.async/1 (abi_draft.h); no function of 1.0 returns it */
  AURELIS_DECLINED = 7, /* serializer: this stage does not apply to this input */
  AURELIS_E_FAILED = -1, /* also stands for any code that the reader does not know */
  AURELIS_E_NOMEM = -2,
  AURELIS_E_INVALID = -3, /* the caller's arguments are wrong */
  AURELIS_E_UNSUPPORTED = -4,
  AURELIS_E_UNAVAILABLE = -5, /* backend down: retry or skip the store */
  AURELIS_E_TIMEOUT = -6, /* the deadline passed */
  AURELIS_E_CANCELLED = -7,
  AURELIS_E_CORRUPT = -8, /* stored bytes are unreadable: callers treat it as a miss and remove them */
  AURELIS_E_TOO_LARGE = -9,
  AURELIS_E_BUSY = -10, /* CALL_NO_BLOCK was set and the operation would block */
  AURELIS_E_CONFIG = -11,
  AURELIS_E_SPACE = -12, /* output buffer too small; the needed size was reported */
  AURELIS_E_INTERNAL = -13, /* an exception or panic was caught at the boundary */
  AURELIS_E_FULL = -14, /* no room and nothing may be evicted: queue at its bound, disk full, OOM of a server */
  AURELIS_E_CLOSED = -15 /* after stop or close, or in a forked child */
};

/* Borrowed view: valid for the duration of the call that it is passed to. size 0: data may be NULL. An
 * empty value is a value; where "none" must be distinguished, a flag or a status says so. */
typedef struct aurelis_bytes { /* FROZEN */
  const void *data;
  size_t size;
} aurelis_bytes;

typedef struct aurelis_buf_ops { /* SIZED, static in its producer */
  uint32_t struct_size, reserved0;
  void (*retain)(void *owner) AURELIS_NX; /* [any] +1; then the aurelis_buf may be copied */
  void (*release)(void *owner) AURELIS_NX; /* [any] -1; must not block, fail or call out */
} aurelis_buf_ops;

/* Pinned, immutable, reference-counted bytes. ops NULL: merely borrowed; copy what you keep. As an output, ops may
 * be NULL only for bytes that live as long as their producer's library (such as ""). */
typedef struct aurelis_buf { /* FROZEN */
  const void *data;
  size_t size;
  const aurelis_buf_ops *ops;
  void *owner;
} aurelis_buf;

/* Gives up one reference and forgets the buffer. [any] */
static inline void aurelis_buf_release(aurelis_buf *b) {
  const aurelis_buf_ops *const ops = b->ops;
  void *const owner = b->owner;
  b->data = NULL;
  b->size = 0;
  b->ops = NULL;
  b->owner = NULL;
  if (ops) ops->release(owner);
}
/* One more reference to the same bytes; the caller releases what it gets. Borrowed buffers stay borrowed. [any] */
static inline aurelis_buf aurelis_buf_share(const aurelis_buf *b) {
  if (b->ops) b->ops->retain(b->owner);
  return *b;
}

/* ---- what belongs to an entry besides its value ----*/
enum {
  AURELIS_ENTRY_NEGATIVE = 1u << 0, /* known not to exist; value is empty. Also a strategy's OK for a removal that
                                     * waits in its queue: NOT_FOUND would send the caller to the origin */
  AURELIS_ENTRY_SIMILAR = 1u << 1, /* get: the answer for a similar subject, not for this key: never stored under it */
  AURELIS_ENTRY_TAGGED = 1u << 2, /* attrs hold at least one tag (saves a search on the hot path) */
  AURELIS_ENTRY_SLIDING = 1u << 3 /* attrs hold ATTR_IDLE */
};

/* Attributes: what else belongs to an entry, as one packed run of bytes that stores with CAP_META keep and
 * give back verbatim (other stores can ignore them: the frame has them). An item is 4 bytes (kind << 24 | size, little
 * endian), then size bytes; no padding; kinds in any order. Read with aurelis_attr_next, write with
 * aurelis_attr_put. A reader skips unknown kinds and copies them along. */
enum {
  AURELIS_ATTR_TAG = 1, /* UTF-8; repeated */
  AURELIS_ATTR_IDENTITY = 2, /* if it differs from the key */
  AURELIS_ATTR_TEXT = 3, AURELIS_ATTR_SCOPE = 4, /* of the subject, if a strategy of the category has CAP_SUBJECT */
  AURELIS_ATTR_ETAG = 5,
  AURELIS_ATTR_IDLE = 6, AURELIS_ATTR_LIFE_END = 7, /* sliding expiry: int64 ns, little endian */
  AURELIS_ATTR_MATCHED_KEY = 8, AURELIS_ATTR_MATCHED_TEXT = 9, /* of a SIMILAR answer */
  AURELIS_ATTR_SCORE = 10, /* of a SIMILAR answer: a double as text */
  AURELIS_ATTR_KEY = 11, /* of an entry that is stored under a digest of its key: the key. Always first; the core adds
                          * and removes it */
  AURELIS_ATTR_PRIVATE = 192 /* 192..255: for the application and strategies */
};
/* for (aurelis_attr a = {0}; aurelis_attr_next(attrs, &a);) ... a.kind, a.value. Ends at a damaged item. */
typedef struct aurelis_attr {
  uint32_t kind;
  aurelis_bytes value;
  size_t next_offset;
} aurelis_attr;
static inline int aurelis_attr_next(aurelis_bytes attrs, aurelis_attr *a) {
  const unsigned char *p;
  size_t left;
  if (attrs.size < 4 || a->next_offset > attrs.size - 4) return 0;
  p = (const unsigned char *)attrs.data + a->next_offset;
  left = attrs.size - a->next_offset;
  a->value.size = p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16;
  if (a->value.size > left - 4) return 0;
  a->kind = p[3];
  a->value.data = p + 4;
  a->next_offset += 4 + a->value.size;
  return 1;
}

/* ---- what a host may supply (aurelis_open_options) ----*/
typedef struct aurelis_clock { /* SIZED: for tests; lives as long as the cache. Neither function may be NULL */
  uint32_t struct_size, reserved0;
  void *user;
  int64_t (*now_wall)(void *user) AURELIS_NX;
  int64_t (*now_mono)(void *user) AURELIS_NX;
} aurelis_clock;
/* level as in abi.h: 0 trace, 1 debug, 2 info, 3 warn, 4 error. Any thread; must not call the cache. */
typedef void (*aurelis_log_fn)(void *user, uint32_t level, const char *message, size_t size) AURELIS_NX;

#define AURELIS_LAYERS_MAX 32 /* of one cache */

AURELIS_STATIC_ASSERT(sizeof(aurelis_bytes) == 16, "aurelis_bytes is frozen");
AURELIS_STATIC_ASSERT(sizeof(aurelis_buf_ops) == 24, "aurelis_buf_ops is pinned");
AURELIS_STATIC_ASSERT(sizeof(aurelis_buf) == 32, "aurelis_buf is frozen");
#ifdef __cplusplus
}
#endif
#endif /* AURELIS_TYPES_H */
