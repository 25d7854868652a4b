/* The aurelis plugin ABI 1.0: everything that a plugin and the core share. Pure C11, also valid C++17 and later;
 * includes only types.h and the C standard headers. What no release uses yet is in abi_draft.h.
 *
 * A plugin is one shared library that exports ONE function, aurelis_plugin_v1().
 * Everything else is reached through tables of function pointers, in both directions, so a plugin
 * links against nothing of ours and the host links against nothing of the plugin's.
 *
 * Reading guide: 1 conventions  2 values  3 call  4 store  5 config  6 host  7 components
 *                8 serializers  9 extensions  10 entry point  11 inline helpers  12 evolution rules
 *
 * -- THREADS (each function carries one tag) ------------------------------------------------------
 *  [load]    called once, alone, while the library is loaded or retired.
 *  [control] calls on one instance never overlap each other; they may come from different threads.
 *            start/stop/destroy never overlap [data] calls on that instance either.
 *  [data]    called concurrently from any number of host threads. AURELIS_THREADS_SERIAL asks the
 *            host to hold a lock for you (simple, slow; for first drafts of a backend; refused for
 *            strategies, which are re-entered).
 *  [task]    runs on a host worker; never on the thread that submitted it; may block on I/O with a
 *            deadline, never on another task. Long work is split: run for about 100 ms, then submit again.
 *  [any]     callable from every thread, also concurrently, also inside a [data] call.
 *  Nothing here is async-signal-safe. The host holds no lock while it calls a plugin, except the
 *  LANE of the key: set, remove, touch and the publication of a load run one after another per key
 *  (gets never wait for a lane), so a plugin never sees two host writes to one key at once.
 *  A plugin must not hold any of its own locks while it calls a next store, the origin, a watcher or
 *  task_cancel(wait); log, clock, hash, alloc, buf_new, metric_* and task_submit never call back.
 *  RE-ENTRY: while a strategy's get is in its call to the origin, the same thread may enter its set with
 *  SET_FILL (what was loaded is published from the top of the chain). Inside a lane nothing is
 *  published: a strategy that asks the origin from its set or remove just gets the answer. A strategy must not set with
 *  SET_FILL on its own (E_INVALID), and its set and remove may write only the key that they were called for.
 *  A plugin may have threads of its own: created in start, all signals blocked, joined in stop.
 *  An aurelis_call is used by one thread at a time: to fan out, derive one call per thread.
 *  fork(): instances do not survive it. In the child the host refuses every call with E_CLOSED and
 *  calls neither stop nor destroy; a plugin must not flush or close from atexit or destructors.
 * -- MEMORY ---------------------------------------------------------------------------------------
 *  M1 Whoever allocates frees. Nothing is ever passed to the other side's free()/delete.
 *  M2 Values cross as aurelis_buf: the producer's release() ends them. Pinned bytes never change.
 *  M3 Inputs (keys, writes, strings, config nodes) are borrowed for the duration of the call only.
 *     Exceptions: aurelis_host, next[], origin, refs[] and env strings live until destroy() returns; everything that
 *     aurelis_plugin points to is immutable and lives until the library is gone.
 *  M4 A result that is not OK/STALE leaves *out untouched: the caller has nothing to clean up.
 *     One exception: a store with CAP_LEASE sets out->meta.version on NOT_FOUND (see LEASES, 4).
 * -- ERRORS ---------------------------------------------------------------------------------------
 *  Status >= 0: an outcome (a miss is not an error and must not format text). Status < 0: an error;
 *  before returning it, call call->set_error() at most once with a UTF-8 message. The host copies
 *  it. In a batch each item that failed may have a text of its own (aurelis_item_error); set_error then applies to
 *  those that have none. No errno, no thread-local "last error", no strings to free.
 *  A status that the function is not documented to return is read as E_FAILED if it is below 0. Above 0 it is read as
 *  E_FAILED from get, set, remove, touch and for an item of a batch (so the outcome of a write is unknown), and as
 *  PARTIAL from a batch.
 *  No exception, longjmp or panic may cross any of these functions: C++17 makes it a type error to
 *  store a function that is not noexcept in these tables. */
#ifndef AURELIS_ABI_H
#define AURELIS_ABI_H
#include <aurelis/types.h>
#include <string.h>

#define AURELIS_ABI_MAJOR 1u
/* What this translation unit is compiled for. Members newer than 1.0 are inside
 * #if AURELIS_TARGET_MINOR >= n, so any release can reproduce every older header exactly: plugins
 * choose the oldest minor that they need, and CI compares each of them with its stored golden copy. */
#ifndef AURELIS_TARGET_MINOR
#define AURELIS_TARGET_MINOR 0
#endif
#define AURELIS_ABI_MINOR ((uint16_t)AURELIS_TARGET_MINOR)
#define AURELIS_ENTRY_SYMBOL "aurelis_plugin_v1" /* the major version is part of the symbol */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1 conventions ------------------------------------------------------------------------------
 * Enums travel as fixed-width integers (constants below), booleans as uint32_t 0/1. Text is UTF-8;
 * char* is NUL-terminated, everything else is pointer+size. Times are int64 nanoseconds: *_wall
 * since the Unix epoch, *_mono monotonic. Reserved fields are 0 when written, ignored when read.
 * Two kinds of struct:  SIZED   first member is struct_size = sizeof in the header its WRITER was
 *                               compiled with; grows at the end; read new members via AURELIS_HAS.
 *                               As an output: the caller sets struct_size to its room, the callee
 *                               writes no more than that and lowers struct_size to what it filled.
 *                       FROZEN  used in arrays or copied by value: its layout never changes in 1.x.
 * Statuses, aurelis_bytes and aurelis_buf are in types.h. */

/* ---- 2 values ---------------------------------------------------------------------------------*/
/* What a key stands for. The host fills what it knows and leaves the rest empty. Borrowed (M3); a store
 * that queues or journals a key copies what it will need again. Backends under the stack can ignore it. */
typedef struct aurelis_subject { /* SIZED */
  uint32_t struct_size;
  uint32_t flags; /* AURELIS_SUBJECT_* */
  aurelis_bytes identity; /* the full identity of the key; empty: the key's bytes are the identity. Origins, journals
                           * and single-flight use it, since compat keys are short digests and may collide */
  aurelis_bytes category, identifier, params; /* as the caller gave them; params: canonical JSON */
  aurelis_bytes text; /* the prompt, query or name, UTF-8: what similarity strategies compare */
  aurelis_bytes scope; /* only subjects of the same scope may answer for each other: category, model, parameters,
                        * tenant */
  double score_min; /* at least this similar; 0: as configured. Callers can tighten, never loosen */
} aurelis_subject;
enum { AURELIS_SUBJECT_EXACT = 1u << 0 /* no similar answer for this key */ };

typedef struct aurelis_key { /* FROZEN */
  const void *data; /* final key bytes, 1 B .. 64 KiB, NULs allowed; the host has applied namespace and version */
  size_t size;
  uint64_t hash; /* host->hash(data), the same in every store of this process; never persist it. A plugin that
                  * makes keys (journal, index) fills it; in keys that a scan or a watch shows it may be 0 */
  const aurelis_subject *subject; /* NULL: the key stands for itself */
} aurelis_key;

/* The times of an entry. The host turns every ttl into absolute times, once, and a copy (promotion,
 * reconciliation) keeps them. A store may round stale and expires DOWN to whole milliseconds; created
 * round-trips to the nanosecond, because validity depends on it:
 *   created  the time of the host's STAMP CLOCK (now_stamp) when the set began or, for a load, BEFORE the origin was
 *            asked. The stamp clock is wall time that never goes back and that each invalidation advances.
 *            An entry is invalid iff created < the newest stamp of its category, of one of its tags, of a matching ban,
 *            or of everything. So what was loaded before an invalidation and published after it is invalid wherever it
 *            is stored; what is set after it is valid. No clock is compared with another process's without a margin.
 *   stale    end of freshness (the ttl). 0: fresh until expires.
 *   expires  end of life: freshness plus the longest stale time that the policy allows. 0 never.
 * Sliding expiry: expires as passed to set and touch is what the store enforces and what touch moves;
 * the frame or ATTR_LIFE_END holds the end that touch cannot pass. */
typedef struct aurelis_meta { /* FROZEN */
  int64_t created_wall;
  int64_t stale_wall;
  int64_t expires_wall;
  uint64_t version; /* assigned by the store, never by the writer: changes with every write and removal; 0 = the store
                     * keeps none. Opaque: only the store that assigned it compares it, and only for equality */
  uint32_t flags; /* AURELIS_ENTRY_* of types.h; bits 16..31 are the application's */
  uint32_t cost; /* what it took to make, microseconds or the policy's unit; 0 unknown. Eviction may weigh it */
} aurelis_meta;

typedef struct aurelis_entry { /* FROZEN: result of get. A callee that returns OK writes every member */
  aurelis_buf value; /* the receiver owns one reference */
  aurelis_meta meta; /* stores without CAP_META: all 0 but version */
  aurelis_bytes attrs; /* view that lives as long as value is held; stores without CAP_META: empty. To add one, return a
                        * value whose owner holds the old value and the new attrs */
  aurelis_status status; /* multi_get: per item; get: 0 */
  uint16_t layer, reserved0; /* which layer it came from, 1 = highest; 0 = not from a layer. Strategies pass it on */
  uint64_t reserved1[2];
} aurelis_entry;

typedef struct aurelis_write { /* FROZEN: argument of set and multi_write */
  aurelis_buf value; /* value.ops != NULL: the store may retain() instead of copying */
  aurelis_meta meta; /* version: ignored */
  aurelis_bytes attrs; /* borrowed: copy to keep */
  uint64_t if_version; /* with SET_IF_VERSION */
  uint64_t token[2]; /* idempotency: identifies the logical write; a retry repeats it. 0 none. For origins */
  uint32_t flags; /* AURELIS_SET_* */
  uint32_t reserved0;
  uint64_t reserved1;
} aurelis_write;
enum {
  AURELIS_SET_IF_ABSENT = 1u << 0,
  AURELIS_SET_IF_PRESENT = 1u << 1,
  AURELIS_SET_IF_VERSION = 1u << 2, /* if_version 0: neither an entry nor a remembered removal */
  AURELIS_SET_DURABLE = 1u << 3, /* do not return OK before the write would survive a crash */
  AURELIS_SET_FILL = 1u << 4, /* a copy of what the source of truth holds (load, promotion, warming), not a new value:
                               * strategies pass it to next[] and never to the origin, a journal or a bus */
  AURELIS_SET_REMOVE = 1u << 5 /* multi_write only: this item removes the key (with IF_VERSION if it is set). With FILL:
                                * it drops a copy that is out of date, and watchers are not notified */
};

/* ---- 3 call: one per operation, owned by the caller, passed down the whole chain ----------------
 * The caller may reuse one struct for many calls on one thread: nothing in it needs to be cleared.
 * Pass the call that you were given on to next stores. To change flags or deadline for them, or to use another thread,
 * derive a call of your own with host->call_derive (never *copy = *call: your struct may be the shorter one).
 * TIME-OUTS ARE CO-OPERATIVE: nothing interrupts a function of a plugin. Anything that waits stops waiting at
 * deadline_mono, and long work checks aurelis_call_ended() every few milliseconds. A call that takes ten times the
 * time-out of its layer opens that layer's breaker at once, and the log names the plugin. */
typedef struct aurelis_call aurelis_call;
struct aurelis_call { /* SIZED; 96 bytes in 1.0, in 1.x no more than aurelis_call_room has */
  uint32_t struct_size;
  uint32_t flags; /* AURELIS_CALL_* */
  int64_t deadline_mono; /* 0 none */
  int64_t now_wall; /* the instant at which this operation judges expiry, the same in every store of the chain;
                     * read it with aurelis_call_wall(). 0: not set, ask the host. Coarse: some milliseconds */
  uint64_t trace_id[2]; /* W3C trace context, big endian halves; 0 none */
  uint64_t span_id;
  uint32_t trace_flags; /* the trace-flags of the same: 1 sampled. Pass unknown bits on */
  uint32_t reserved0;
  uint64_t layers; /* bit i: do not read layer i+1; bit 32+i: do not write it; 0 all. For the stack; pass it on */
  const uint32_t *cancel; /* becomes non-zero, at any time and from any thread, once the caller has given up; read it
                           * with aurelis_call_ended(). NULL: cannot be cancelled. Lives as long as the call */
  void *host_data; /* not for the callee */
  void (*set_error)(aurelis_call *, aurelis_status, const char *msg, /* [any], see ERRORS */
                    size_t len) AURELIS_NX;
  /* [any] in a batch: why this item failed, at most once per item. aurelis_item_error() calls it */
  void (*set_item_error)(aurelis_call *, size_t item, aurelis_status, const char *msg, size_t len) AURELIS_NX;
};
/* Room for a derived call, including whatever a newer host puts into it. */
typedef union aurelis_call_room { /* FROZEN */
  aurelis_call call;
  uint64_t room[32];
} aurelis_call_room;
enum {
  AURELIS_CALL_ALLOW_STALE = 1u << 0,
  AURELIS_CALL_NO_BLOCK = 1u << 1, /* E_BUSY rather than any I/O or lock wait */
  AURELIS_CALL_PEEK = 1u << 2, /* leave recency and hit counters alone */
  AURELIS_CALL_NO_FILL = 1u << 3, /* do not promote what is found, do not publish what is loaded */
  AURELIS_CALL_REFRESH = 1u << 4, /* strategies: skip cached values, ask the origin */
  AURELIS_CALL_BACKGROUND = 1u << 5, /* low priority */
  AURELIS_CALL_EXPIRED_TOO = 1u << 7, /* get may return what has expired but is still held (explain); stores may
                                       * ignore it */
  AURELIS_CALL_CACHES_ONLY = 1u << 6 /* cached copies only: get does not ask the origin; remove is an invalidation
                                      * (copies go, the origin and what waits for it stay); set is not journaled */
};

/* Flags of calls and writes that no callee may ignore: it refuses those that it does not know (E6). */
#define AURELIS_MUST_KNOW 0xff000000u

/* ---- 4 store: backends, strategies, the stack of layers and the application's origin all have this one
 * shape. A backend ends the chain; a strategy holds next stores and calls them exactly as it is called itself.
 * (A LAYER is the core's word for one configured level: a backend with its ttl, limits, serializers,
 * breaker and statistics. The ABI knows only stores.)
 * The host NORMALISES a new store: it copies the plugin's table into a full-size one of its own and
 * puts stubs where a function is missing. In a backend, multi_* then loop, and the rest return E_UNSUPPORTED. In a
 * strategy, where only destroy is required, the stubs call next[0], so that a strategy implements only what it changes
 * (multi_* loop if it has the single form; start, stop, get_extension, stats and limits are not passed on). A
 * strategy's caps are those of next[0]; only its requests (bits 48..) are its own.
 * Hence a caller of any store calls through store->ops without testing for NULL or struct_size.
 * Order: create and start bottom-up (origin first), stop and destroy top-down; start may call next
 * stores. Before stop the host calls flush with the deadline of the close.
 *
 * LEASES, or how an invalidation wins over a load in flight. Inside a process the core does it: it takes a lease on the
 * key before it asks the first layer below the top; every set and remove revokes the lease, and nothing is published
 * unless the lease still holds, which is checked in the key's lane. For tags and categories, created_wall is compared
 * with stamps.
 * Between processes a SHARED store helps with CAP_LEASE: get reports a version even for a key that it does not hold
 * (0 = never seen), every remove changes that version and the store remembers it (tombstone or generation) for
 * at least host->lease_ns, and SET_IF_VERSION compares atomically. A FILL carries the version that its own look-up saw,
 * so a removal in between makes it a CONFLICT, and the core then publishes it nowhere. No load publishes after
 * lease_ns. A version may also change unnecessarily (shared by several keys, entry evicted): that costs one CONFLICT,
 * never a wrong answer. An expired entry counts as an absent key, for get, conditions and versions alike.
 *
 * TIME AND VALIDITY are the core's business: it checks expiry, stamps and staleness of what a backend
 * returns. A backend with CAP_EXPIRY also stops returning entries after expires_wall and frees their room. */
typedef struct aurelis_store aurelis_store;
typedef struct aurelis_store_ops aurelis_store_ops;
struct aurelis_store { /* FROZEN; storage is the host's and its address is stable until destroy */
  const aurelis_store_ops *ops; /* plugin sets its own table in create(); host swaps in its copy */
  void *self; /* plugin's instance */
  uint64_t caps; /* AURELIS_CAP_* of this instance; fixed once create() returned */
  void *host_data; /* the host's: the plugin neither reads nor writes it */
};
enum { /* bits of caps: 0..31 data features, 32..47 nature of the store, 48..63 a strategy's requests */
  AURELIS_CAP_EXPIRY = 1 << 0, /* enforces expires_wall itself and has a working touch */
  AURELIS_CAP_META = 1 << 1, /* returns meta and attrs as they were set (else they are in the host's frame) */
  AURELIS_CAP_CAS = 1 << 2, /* IF_ABSENT, IF_PRESENT and IF_VERSION are atomic */
  AURELIS_CAP_LEASE = 1 << 3, /* CAS, and versions of absent keys: see LEASES */
  AURELIS_CAP_MULTI = 1 << 4, /* multi_* is faster than a loop: batching is worthwhile */
  AURELIS_CAP_ATOMIC = 1 << 5, /* multi_write fails or crashes as a whole (a CONFLICT still concerns its item only) */
  AURELIS_CAP_SCAN = 1 << 6,
  AURELIS_CAP_ZERO_COPY = 1 << 7, /* get pins stored bytes: it neither copies nor allocates */
  AURELIS_CAP_ADOPT = 1 << 8, /* set retains refcounted values instead of copying */
  AURELIS_CAP_NO_BLOCK = 1 << 9, /* no data call ever blocks: may run inline on an event loop */
  AURELIS_CAP_TOKEN = 1 << 10 /* as an origin: a repeated token is applied once */
};
#define AURELIS_CAP_PERSISTENT (UINT64_C(1) << 32) /* survives the process */
#define AURELIS_CAP_SHARED (UINT64_C(1) << 33) /* other processes see and change it */
#define AURELIS_CAP_REMOTE (UINT64_C(1) << 34) /* behind a network: can be down on its own, uses another machine's
                                                * clock, and an abandoned write may still arrive */
#define AURELIS_CAP_FENCED (UINT64_C(1) << 35) /* with REMOTE: a write that returned E_TIMEOUT does not arrive
                                                * after a later one: once its deadline has passed, or this instance
                                                * has answered another write of the key, it is done or never will
                                                * be */
#define AURELIS_CAP_READ_ONLY (UINT64_C(1) << 36) /* of an origin that is a function: set, remove and multi_write return
                                                   * E_UNSUPPORTED */
#define AURELIS_CAP_SUBJECT (UINT64_C(1) << 48) /* store ATTR_TEXT and ATTR_SCOPE with each entry of this category */

/* Selects the entries that meet every condition given; all entries if none is given. For scan and remove_matching. */
typedef struct aurelis_match { /* SIZED */
  uint32_t struct_size, reserved0;
  aurelis_bytes prefix; /* literal */
  aurelis_bytes pattern; /* glob over the whole key: * ? [set] \escape */
  aurelis_bytes tag; /* needs CAP_META or the store's own index */
  int64_t created_before; /* created_wall < this; 0 any */
  uint64_t larger_than; /* value bytes as stored; 0 any */
  int64_t created_beyond; /* with created_before: an entry created after this counts as created before, too, since only
                           * a clock that ran ahead can have written such a time; 0 none */
} aurelis_match;

typedef struct aurelis_scan { /* SIZED */
  uint32_t struct_size;
  uint32_t flags; /* AURELIS_SCAN_* */
  const aurelis_match *match; /* NULL all */
  uint64_t page_hint; /* visit about this many keys, then return */
  aurelis_bytes after; /* in, borrowed: where to resume; empty = start */
  aurelis_buf next; /* out, set only on OK, without regard to what it held: the resume point after the last key shown,
                     * also when the visitor stopped the scan; size 0 = that was the end. The caller releases it */
} aurelis_scan;
enum {
  AURELIS_SCAN_ENTRIES = 1u << 0, /* show entries too (else entry is NULL) */
  AURELIS_SCAN_HOT_FIRST = 1u << 1 /* hottest first, where the store can (warm restart); else ignored */
};
/* Key, entry and its value are borrowed for this call; retain the value to keep it. */
typedef uint32_t (*aurelis_visit_fn)(void *user, const aurelis_key *key, /* return 0: stop */
                                     const aurelis_entry *entry) AURELIS_NX;

typedef struct aurelis_size { /* SIZED, filled by the callee; UINT64_MAX = unknown. Removed keys do not count */
  uint32_t struct_size, reserved0;
  uint64_t entries, bytes, capacity_entries, capacity_bytes;
} aurelis_size;
typedef void (*aurelis_stat_fn)(void *user, const char *name, uint32_t metric_kind, double value) AURELIS_NX;

/* The limits of an instance, so that no store has to truncate, hash or refuse on its own. The host keeps within them: a
 * value that is too large is not written there (counted; E_TOO_LARGE to the caller of the set, and the store is asked
 * to remove its key), a lifetime that is too long is shortened, and a batch that is too long is split, and is atomic
 * only within each part. A layer's key that is too long becomes key_max bytes: its beginning, '~' and 32 hex digits of
 * its SHA-256; the whole key is then the entry's first attribute (ATTR_KEY), which the host checks and hides. This
 * needs a key_max that leaves room for the beginning that all keys of the category share. If it does not, if the store
 * reports changes (EXT_WATCH), in a layer of bare values and in an origin, a key that is too long is not written
 * (counted; E_TOO_LARGE), and a get of it is a miss. */
typedef struct aurelis_limits { /* SIZED, filled by the callee; 0: no limit */
  uint32_t struct_size, reserved0;
  uint64_t key_max; /* bytes; below 34 no key gets a digest */
  uint64_t value_max; /* bytes as the store gets them, with the host's frame around the value */
  uint64_t batch_max; /* items */
  int64_t ttl_max_ns; /* from the write to expires_wall, "never" included */
} aurelis_limits;

struct aurelis_store_ops { /* SIZED. (R) = required of a backend; all others may be NULL in a plugin's table */
  uint32_t struct_size, reserved0;
  /* [control] open connections, start timers. Data calls begin only after it returned OK. */
  aurelis_status (*start)(aurelis_store *, aurelis_call *) AURELIS_NX;
  /* [control] data calls have ended. On return no thread or task of the plugin touches the instance
   * or the host. Buffers already handed out stay valid until they are released. */
  void (*stop)(aurelis_store *) AURELIS_NX;
  void (*destroy)(aurelis_store *) AURELIS_NX; /* (R) [control] also after a failed start */
  /* [any] extensions of this store only: a strategy does not hand out those of its next store. */
  const void *(*get_extension)(aurelis_store *, const char *id) AURELIS_NX;

  aurelis_status (*get)(aurelis_store *, aurelis_call *, const aurelis_key *, aurelis_entry *out)
      AURELIS_NX; /* (R) [data] hot path. Counts as a use of the key unless CALL_PEEK is set */
  /* (R) [data] E_TIMEOUT leaves the outcome open (sent, not answered; connection lost): what the key holds is then
   * unknown. Any other error: nothing has changed. *new_version only on OK. */
  aurelis_status (*set)(aurelis_store *, aurelis_call *, const aurelis_key *, const aurelis_write *,
                        uint64_t *new_version /* may be NULL */) AURELIS_NX;
  /* (R) [data] The value is gone for good: a strategy that writes to an origin removes it there, too. A mere
   * invalidation is a remove with CALL_CACHES_ONLY; to a backend both are the same. NOT_FOUND is as good as OK, and
   * changes the version all the same (LEASES). */
  aurelis_status (*remove)(aurelis_store *, aurelis_call *, const aurelis_key *) AURELIS_NX;
  /* [data] moves the end of life, nothing else; OK or NOT_FOUND. For sliding entries, at most once per quarter of the
   * idle time. Not a write: versions and other processes' copies stay. */
  aurelis_status (*touch)(aurelis_store *, aurelis_call *, const aurelis_key *, int64_t expires_wall) AURELIS_NX;

  /* [data] batches: 1..host->max_batch items, keys distinct, items independent of each other (except with CAP_ATOMIC).
   * They return OK (all items OK or NOT_FOUND: each[] still says which), PARTIAL, or an error that applies to every
   * item and leaves out, each and versions unwritten. out[i].status and each[i] say what the single form would return,
   * aurelis_item_error() says why an item failed, versions[i] is the new version of a set that is OK, 0 if the store
   * keeps none. */
  aurelis_status (*multi_get)(aurelis_store *, aurelis_call *, const aurelis_key *, size_t n,
                              aurelis_entry *out) AURELIS_NX;
  aurelis_status (*multi_write)(aurelis_store *, aurelis_call *, const aurelis_key *, const aurelis_write *,
                                size_t n, aurelis_status *each, /* sets and removals, mixed */
                                uint64_t *versions /* may be NULL */) AURELIS_NX;

  /* [data] drops what matches, at once. *removed may be UINT64_MAX (unknown). E_UNSUPPORTED for conditions that
   * the store cannot find by itself; the host then scans. Never needed for correctness: stamps hide the entries. */
  aurelis_status (*remove_matching)(aurelis_store *, aurelis_call *, const aurelis_match *, uint64_t *removed)
      AURELIS_NX;
  /* [data] weak guarantee: a key present during the whole scan is visited at least once, perhaps more often;
   * over a stack once per layer. The visitor must not call this store; the plugin must not hold a lock that
   * get/set need while it visits. */
  aurelis_status (*scan)(aurelis_store *, aurelis_call *, aurelis_scan *, aurelis_visit_fn, void *user)
      AURELIS_NX;
  aurelis_status (*flush)(aurelis_store *, aurelis_call *) AURELIS_NX; /* [data] drain, fsync; until the deadline */
  aurelis_status (*size)(aurelis_store *, aurelis_call *, aurelis_size *) AURELIS_NX; /* [data] */
  aurelis_status (*stats)(aurelis_store *, aurelis_call *, aurelis_stat_fn, void *user) AURELIS_NX; /* [data] */
  /* [control] once, after start: the limits of this instance. Without this function there are none. */
  void (*limits)(aurelis_store *, aurelis_limits *out) AURELIS_NX;
  /* #if AURELIS_TARGET_MINOR >= 1: ABI 1.1 appends here. */
};

/* ---- 5 config: declared options, a typed tree, not YAML text --------------------------------------
 * A component declares its options; the host checks names, types, ranges and words against them before
 * create() (all mistakes at once, with file and line), fills in defaults, expands ${ENV} and secrets, and
 * generates `plugin inspect` and the manual from them. create() reads values and checks only what a table
 * cannot express. Options that every layer, stage or strategy has (name, priority, ttl, limits, threshold,
 * min_gain, breaker, time-outs) are the host's and are not declared. */
enum {
  AURELIS_OPT_STRING = 1, AURELIS_OPT_INT, AURELIS_OPT_DOUBLE, AURELIS_OPT_BOOL, AURELIS_OPT_DURATION,
  AURELIS_OPT_BYTES,
  AURELIS_OPT_PATH, /* made absolute: relative to the YAML file */
  AURELIS_OPT_REF, /* names a configured component of the kind in words ("embedder"); arrives in env->refs */
  AURELIS_OPT_ANY /* a subtree that create() checks itself */
};
enum {
  AURELIS_OPT_REQUIRED = 1u << 0,
  AURELIS_OPT_SECRET = 1u << 1, /* masked everywhere */
  AURELIS_OPT_LIST = 1u << 2,
  AURELIS_OPT_DATA = 1u << 3, /* a PATH under which the component keeps its data: a host may move it (aurelis run) */
  AURELIS_OPT_BARE = 1u << 4 /* a BOOL that the host sets where values have no frame (frame: none on the layer): other
                              * programs read and write them, so the store adds nothing of its own */
};
typedef struct aurelis_option { /* SIZED; listed by pointer */
  uint32_t struct_size;
  uint16_t type, flags;
  const char *name; /* dotted for subtrees: "tls.ca" */
  const char *fallback; /* as YAML text; NULL none */
  const char *min, *max; /* as YAML text; NULL unbounded */
  const char *words; /* "a|b|c": the only values allowed; NULL any */
  const char *unit;
  const char *help; /* one sentence */
} aurelis_option;
typedef struct aurelis_node aurelis_node; /* opaque; borrowed for the create() call */
enum { AURELIS_NODE_NULL, AURELIS_NODE_SCALAR, AURELIS_NODE_LIST, AURELIS_NODE_MAP };
/* All [control]. get: "a.b.c" from node; NULL if absent and without fallback. */
typedef struct aurelis_config_api { /* SIZED */
  uint32_t struct_size, reserved0;
  const aurelis_node *(*get)(const aurelis_node *, const char *path) AURELIS_NX;
  uint32_t (*kind)(const aurelis_node *) AURELIS_NX;
  size_t (*count)(const aurelis_node *) AURELIS_NX;
  const aurelis_node *(*at)(const aurelis_node *, size_t i, const char **key) AURELIS_NX;
  /* Each returns OK, or E_CONFIG after recording "file:line: option x: expected ..." in the call. */
  aurelis_status (*as_string)(const aurelis_node *, aurelis_call *, aurelis_bytes *) AURELIS_NX;
  aurelis_status (*as_int)(const aurelis_node *, aurelis_call *, int64_t *) AURELIS_NX;
  aurelis_status (*as_double)(const aurelis_node *, aurelis_call *, double *) AURELIS_NX;
  aurelis_status (*as_bool)(const aurelis_node *, aurelis_call *, uint32_t *) AURELIS_NX;
  aurelis_status (*as_duration)(const aurelis_node *, aurelis_call *, int64_t *ns) AURELIS_NX;
  aurelis_status (*as_bytes)(const aurelis_node *, aurelis_call *, uint64_t *) AURELIS_NX; /*64MiB*/
  void (*reject)(const aurelis_node *, aurelis_call *, const char *why) AURELIS_NX;
  /* A path inside an OPT_ANY subtree, made absolute like an OPT_PATH; the caller releases it. NUL-terminated. */
  aurelis_status (*as_path)(const aurelis_node *, aurelis_call *, aurelis_buf *) AURELIS_NX;
} aurelis_config_api;

/* ---- 6 host services ----------------------------------------------------------------------------*/
typedef struct aurelis_host aurelis_host;
typedef struct aurelis_metric aurelis_metric; /* opaque, the host's */
typedef void (*aurelis_task_fn)(void *arg, uint32_t cancelled) AURELIS_NX; /* [task] */
enum { AURELIS_LOG_TRACE, AURELIS_LOG_DEBUG, AURELIS_LOG_INFO, AURELIS_LOG_WARN, AURELIS_LOG_ERROR };
enum { AURELIS_METRIC_COUNTER, AURELIS_METRIC_GAUGE, AURELIS_METRIC_HISTOGRAM };
struct aurelis_host { /* SIZED; one per instance, so logs and metrics carry the instance name */
  uint32_t struct_size;
  uint16_t abi_major, abi_minor;
  const char *name, *version; /* of the host application */
  const char *instance; /* this component's name in the configuration */
  void *ctx;
  size_t max_batch; /* at least 1024 */
  int64_t lease_ns; /* no load publishes later than this after it began */
  const aurelis_config_api *config;
  int64_t (*now_wall)(const aurelis_host *) AURELIS_NX; /* [any] coarse (some ms, ~5 ns); steps are smoothed */
  int64_t (*now_mono)(const aurelis_host *) AURELIS_NX; /* [any] */
  int64_t (*now_stamp)(const aurelis_host *) AURELIS_NX; /* [any] for created_wall of what a strategy makes */
  uint64_t (*hash)(const aurelis_host *, const void *data, size_t size) AURELIS_NX; /* [any] see aurelis_key */
  uint32_t (*log_enabled)(const aurelis_host *, uint32_t level) AURELIS_NX; /* [any] */
  void (*log)(const aurelis_host *, uint32_t level, const char *msg, size_t len) AURELIS_NX;
  /* [any] a fresh call (tasks, timers) whose errors go to the log; it is cancelled when the instance is stopped. Set
   * struct_size first. */
  void (*call_init)(const aurelis_host *, aurelis_call *) AURELIS_NX;
  /* [any] a call of your own, to change its flags or deadline or to use another thread. It carries whatever `from`
   * carries, including what this plugin's header does not know; its errors become those of `from`, of which the last
   * one counts, whichever thread set it. It must end before `from` does. */
  void (*call_derive)(const aurelis_host *, const aurelis_call *from, aurelis_call_room *to) AURELIS_NX;
  void *(*alloc)(const aurelis_host *, size_t size, size_t align) AURELIS_NX; /* [any] counted */
  void (*dealloc)(const aurelis_host *, void *, size_t size, size_t align) AURELIS_NX;
  /* [any] new refcounted buffer: fill *writable before anyone else sees the buf. */
  aurelis_status (*buf_new)(const aurelis_host *, size_t size, aurelis_buf *out, void **writable) AURELIS_NX;
  /* [any] run fn on a host worker after delay. fn runs exactly once, with cancelled=1 if the instance
   * stops first or task_cancel wins; E_CLOSED if stop has begun (fn does not run then). task_cancel(wait=1)
   * returns once fn has finished; from a task it returns E_BUSY while fn runs. Hold no lock that fn takes. */
  aurelis_status (*task_submit)(const aurelis_host *, aurelis_task_fn, void *arg, int64_t delay_ns,
                                uint64_t *id) AURELIS_NX;
  aurelis_status (*task_cancel)(const aurelis_host *, uint64_t id, uint32_t wait) AURELIS_NX;
  /* For events (latencies, retries); state (depth, age, sizes) is reported on request, by stats().
   * Open metrics in create() [control]; add/observe are [any] and wait-free. */
  aurelis_metric *(*metric_open)(const aurelis_host *, uint32_t kind, const char *name, const char *unit,
                                 const char *help) AURELIS_NX;
  void (*metric_add)(aurelis_metric *, int64_t) AURELIS_NX;
  void (*metric_observe)(aurelis_metric *, double) AURELIS_NX;
  const void *(*get_extension)(const aurelis_host *, const char *id) AURELIS_NX; /* [any] */
};

/* ---- 7 components: what a plugin offers ---------------------------------------------------------*/
enum { /* a host skips kinds that it does not know */
  AURELIS_KIND_BACKEND = 1, /* factory: aurelis_store_factory */
  AURELIS_KIND_STRATEGY = 2, /* factory: aurelis_store_factory, env->next_count >= 1. DRAFT, see abi_draft.h */
  AURELIS_KIND_SERIALIZER = 3, /* factory: aurelis_object_factory -> aurelis_serializer_ops */
  AURELIS_KIND_EMBEDDER = 4 /* factory: aurelis_object_factory -> aurelis_embedder_ops of abi_draft.h. DRAFT */
};
enum { AURELIS_THREADS_PARALLEL = 0, AURELIS_THREADS_SERIAL = 1 };
typedef struct aurelis_component { /* SIZED; listed by pointer, so the list has no stride */
  uint32_t struct_size;
  uint32_t kind;
  const char *type_name; /* its name in YAML: "redis" or, to be exact, "com.example.redis:redis" */
  const char *description;
  uint64_t caps; /* stores: the most an instance can have. Serializers: AURELIS_STAGE_*. For inspect and config check */
  uint32_t threads; /* AURELIS_THREADS_* */
  uint32_t format_id; /* serializers: that of their ops, so that one is found without being created; other kinds: 0 */
  const aurelis_option *const *options;
  size_t option_count;
  const void *factory; /* by kind */
} aurelis_component;

typedef struct aurelis_object { /* FROZEN */
  const void *ops; /* by kind; SIZED */
  void *self;
} aurelis_object;
typedef struct aurelis_ref { /* FROZEN: another configured component, by role ("embedder") */
  const char *role;
  uint32_t kind, reserved0;
  const aurelis_object *object;
} aurelis_ref;
typedef struct aurelis_env { /* SIZED: wiring of one instance */
  uint32_t struct_size;
  uint32_t next_count;
  aurelis_store *const *next; /* strategies: next[0] is the next strategy or the stack. Never the origin */
  aurelis_store *origin; /* the source of truth; NULL: none is configured. This is the core's guarded store over it:
                          * get is single-flight per identity and keeps its deadline, and the core publishes what it
                          * loads (set with SET_FILL from the top of the chain), so a strategy that loads just returns
                          * what it got. set, remove, multi_write go straight through */
  const aurelis_ref *refs;
  size_t ref_count;
  const char *category; /* strategies: one instance per category that is configured, and one, "default", for all that
                         * are not; "" for all other components */
  aurelis_bytes key_prefix; /* strategies: all keys of the category begin with it, and no others (for scans); empty
                             * under compat keys, where categories cannot be told apart by prefix, and for "default" */
} aurelis_env;

typedef struct aurelis_store_factory { /* SIZED. create: [any]; must not do I/O (start does that) */
  uint32_t struct_size, reserved0;
  aurelis_status (*create)(const aurelis_component *, const aurelis_host *, const aurelis_node *config,
                           const aurelis_env *, aurelis_call *, aurelis_store *out /* ops, self, caps */)
      AURELIS_NX;
} aurelis_store_factory;
typedef struct aurelis_object_factory { /* SIZED */
  uint32_t struct_size, reserved0;
  aurelis_status (*create)(const aurelis_component *, const aurelis_host *, const aurelis_node *config,
                           const aurelis_env *, aurelis_call *, aurelis_object *out) AURELIS_NX;
} aurelis_object_factory;

/* ---- 8 serializers: all calls [data] -----------------------------------------------------------------*/
/* A serializer is one stage, bytes to bytes, thread-safe (contexts per thread or pooled): gzip, lz4 and
 * zstd shrink, msgpack transcodes JSON text, json only marks it. A layer lists its stages in order; the frame records
 * which ones applied and the size before each, so reading needs no configuration and decode gets exactly the room that
 * it needs. decode(encode(x)) == x to the byte: a stage that cannot promise that for an input returns AURELIS_DECLINED
 * and is skipped. The host calls no stage at or below its threshold and drops a result that gains less than its
 * min_gain; both are 0 unless the stage has STAGE_COMPRESSES or the configuration sets them. */
enum { /* caps of a serializer's component */
  AURELIS_STAGE_COMPRESSES = 1u << 0, /* meant to shrink: worth trying above some size, and keeping if it gains */
  AURELIS_STAGE_MARKS = 1u << 1, /* changes no byte: encode gets no room (dst NULL, cap 0), writes nothing, sets
                                  * *written to src.size, and returns OK if the input is of this form; decode is never
                                  * called */
  AURELIS_STAGE_ANY_BYTES = 1u << 2 /* takes input of any form, as encryption does, so that it may come after a
                                     * stage that compresses; its own output is taken to be incompressible. COMPRESSES
                                     * implies the first half. Only the warning about the order depends on it */
};
typedef struct aurelis_serializer_ops { /* SIZED. Output memory is always the caller's. */
  uint32_t struct_size;
  uint32_t format_id; /* 1..255, registered in sdk/README.md; 192..255 are for private use; stored with the value */
  void (*destroy)(void *self) AURELIS_NX;
  size_t (*bound)(void *self, size_t src_size) AURELIS_NX; /* encode never writes more */
  /* key: the one under which the value is stored, for its bytes (associated data of an encryption) and its subject
   * (dictionaries per category). NULL: the value belongs to no key; a stage that cannot do without one returns
   * AURELIS_DECLINED. */
  aurelis_status (*encode)(void *self, aurelis_call *, const aurelis_key *key, aurelis_bytes src, void *dst,
                           size_t cap, size_t *written) AURELIS_NX;
  /* key: its bytes are those that encode got, and NULL if encode got NULL; its subject may be missing.
   * cap is the size that the frame promises. OK: *written bytes. E_SPACE: the output would be larger; *written = needed
   * size or 0 if unknown; never writes past cap (decompression bombs). E_CORRUPT: src is not what encode makes.
   * NOT_FOUND: src needs something this instance lacks, such as a dictionary. Needs no error text. */
  aurelis_status (*decode)(void *self, aurelis_call *, const aurelis_key *key, aurelis_bytes src, void *dst,
                           size_t cap, size_t *written) AURELIS_NX;
} aurelis_serializer_ops;

/* ---- 9 extensions: "<owner>.<name>/<rev>"; an id's struct never changes, a change is a new rev ---
 * All are optional. An id is final from its first draft on: stabilising does not rename it.
 * The answer of get_extension never changes during an instance's life. Ask in create/start, keep
 * the pointer; never ask on the hot path. */
/* Reports changes to keys that the watcher did not make. A SHARED backend reports writes and removals by other
 * processes (bus, client tracking, change log; never its own, never FILLs or touches), so that private layers drop
 * their copies and leases are revoked; stamps are entries, so a changed stamp is such a key too. The set, remove and
 * multi_write of such a backend also announce its own writes to the others. Any backend reports entries that it evicted
 * or that expired. The stack (core) reports both, once no layer has the key any more. Events are hints, not promises:
 * whatever keeps an index still checks with get. */
#define AURELIS_EXT_WATCH "aurelis.watch/1"
enum {
  AURELIS_WATCH_CHANGED = 1u << 0, /* another process set it: copies are out of date */
  AURELIS_WATCH_REMOVED = 1u << 1, /* another process removed it */
  AURELIS_WATCH_EVICTED = 1u << 2, /* gone for room */
  AURELIS_WATCH_EXPIRED = 1u << 3,
  AURELIS_WATCH_SUSPECT = 1u << 4, /* no key: events may have been lost; every copy is suspect */
  AURELIS_WATCH_LIVE = 1u << 5, /* no key: events flow again; from now on nothing is lost */
  AURELIS_WATCH_UNAVAILABLE = 1u << 6 /* no key: changes cannot be reported until LIVE; not an outage: a permission or a
                                       * feature is missing. Holders of copies limit their lifetimes */
};
/* Called with none of the plugin's locks held; returns at once; may call any store but this one. */
typedef void (*aurelis_watch_fn)(void *user, uint32_t event, const aurelis_key *keys, size_t n) AURELIS_NX;
typedef struct aurelis_ext_watch {
  /* [control] after start; one watcher per store. events 0 ends it: on return fn no longer runs. since:
   * a position from an earlier run (empty: from now on). A store that keeps a log (stream, change log) first
   * reports what happened after it; one that cannot reach back that far begins with SUSPECT. A new watcher gets
   * LIVE once events flow, at once if they already do. */
  aurelis_status (*watch)(aurelis_store *, aurelis_call *, uint32_t events, aurelis_bytes since, aurelis_watch_fn,
                          void *user) AURELIS_NX;
  /* [data] the current position: everything up to here has been reported. E_UNSUPPORTED without a log. */
  aurelis_status (*position)(aurelis_store *, aurelis_call *, aurelis_buf *out) AURELIS_NX;
} aurelis_ext_watch;
/* "aurelis.deadletters/1" and "aurelis.async/1" are drafts: see abi_draft.h. */
#define AURELIS_EXT_HEALTH "aurelis.health/1"
typedef struct aurelis_ext_health { /* of a store; cheap enough to call every second */
  aurelis_status (*check)(aurelis_store *, aurelis_call *) AURELIS_NX; /* [data] */
} aurelis_ext_health;

/* Offered by the host: not NULL (but nothing to read there) only for an instance that is an origin. What it holds is
 * the source of truth and exists nowhere else, so it must never be replaced by something empty. */
#define AURELIS_EXT_ORIGIN "aurelis.origin/1"

/* ---- 10 entry point ------------------------------------------------------------------------------*/
enum { AURELIS_PLUGIN_UNLOADABLE = 1u << 0 /* promises that dlclose is safe after deinit. RESERVED, see deinit */ };
typedef struct aurelis_plugin { /* SIZED; static const data: inspect prints it without init() */
  uint32_t struct_size;
  uint16_t abi_major, abi_minor; /* of the header it was compiled with (information) */
  uint16_t min_host_minor; /* of what it NEEDS: the host refuses if its own minor is lower */
  uint16_t reserved0;
  uint32_t flags; /* AURELIS_PLUGIN_* */
  const char *id; /* reverse DNS, unique: "com.example.redis" */
  const char *version, *name, *vendor, *license, *url;
  const char *build; /* compiler, flags, sanitizer: printed in diagnostics, never compared */
  const aurelis_component *const *components;
  size_t component_count;
  aurelis_status (*init)(const aurelis_host *, aurelis_call *) AURELIS_NX; /* [load] once, first; may be NULL */
  void (*deinit)(void) AURELIS_NX; /* [load] before the library is unloaded, and never otherwise; may be NULL. RESERVED:
                                    * the 1.0 core keeps every library until the process ends, and does not call it */
} aurelis_plugin;
/* [load] The one exported symbol. Returns static data; no I/O, threads, allocation or logging, so
 * that scanning is fast and safe. A function, because dlsym is only guaranteed to work for functions. */
typedef const aurelis_plugin *(*aurelis_entry_fn)(uint32_t host_minor) AURELIS_NX;
#ifdef AURELIS_BUILDING_PLUGIN
AURELIS_EXPORT const aurelis_plugin *aurelis_plugin_v1(uint32_t host_minor) AURELIS_NX;
#endif

/* ---- 11 inline helpers ---------------------------------------------------------------------------*/
/* Whether the table that the other side gave us is long enough to have this member, and the member is set. */
#define AURELIS_HAS(p, type, member) \
  ((p)->struct_size >= offsetof(type, member) + sizeof((p)->member) && (p)->member)
/* The instant of this operation: no system call, no clock, if the core has set it. */
static inline int64_t aurelis_call_wall(const aurelis_call *call, const aurelis_host *host) {
  return call && call->now_wall ? call->now_wall : host->now_wall(host);
}
/* Whether the call has ended: AURELIS_OK while it has not, AURELIS_E_CANCELLED once the caller has given up,
 * AURELIS_E_TIMEOUT once the deadline has passed. Long work checks every few milliseconds and returns any error. */
static inline aurelis_status aurelis_call_ended(const aurelis_call *call, const aurelis_host *host) {
  if (!call) return AURELIS_OK;
#if defined(_MSC_VER)
  if (call->cancel && *(const volatile uint32_t *)call->cancel) return AURELIS_E_CANCELLED;
#else
  if (call->cancel && __atomic_load_n(call->cancel, __ATOMIC_RELAXED)) return AURELIS_E_CANCELLED;
#endif
  return call->deadline_mono && host->now_mono(host) >= call->deadline_mono ? AURELIS_E_TIMEOUT : AURELIS_OK;
}
/* Reports why an item of a batch failed. call may be NULL. */
static inline void aurelis_item_error(aurelis_call *call, size_t item, aurelis_status status, const char *msg,
                                      size_t len) {
  if (call && call->set_item_error) call->set_item_error(call, item, status, msg, len);
  else if (call && call->set_error) call->set_error(call, status, msg, len);
}
/* Appends one attribute (types.h) to at[0..room); returns its size, 0 if it does not fit. dst NULL: only the size. */
static inline size_t aurelis_attr_put(void *dst, size_t room, uint32_t kind, aurelis_bytes value) {
  unsigned char *p = (unsigned char *)dst;
  if (value.size > 0xffffffu || (p && room < 4 + value.size)) return 0;
  if (!p) return 4 + value.size;
  p[0] = (unsigned char)value.size;
  p[1] = (unsigned char)(value.size >> 8);
  p[2] = (unsigned char)(value.size >> 16);
  p[3] = (unsigned char)kind;
  if (value.size) memcpy(p + 4, value.data, value.size);
  return 4 + value.size;
}
static inline int aurelis_abi_ok(const aurelis_plugin *p, uint32_t host_major, uint32_t host_minor) {
  return p && p->struct_size >= offsetof(aurelis_plugin, deinit) + sizeof(p->deinit) && /* the 1.0 size */
         p->abi_major == host_major &&
         p->min_host_minor <= host_minor;
}
/* The layouts that never change in 1.x. A test also pins the offset of every member of SIZED structs. */
#define AURELIS_PIN(t, n) AURELIS_STATIC_ASSERT(sizeof(t) == (n), #t " is frozen")
AURELIS_PIN(aurelis_key, 32);
AURELIS_PIN(aurelis_meta, 40);
AURELIS_PIN(aurelis_entry, 112);
AURELIS_PIN(aurelis_write, 128);
AURELIS_PIN(aurelis_call_room, 256);
AURELIS_PIN(aurelis_store, 32);
AURELIS_PIN(aurelis_object, 16);
AURELIS_PIN(aurelis_ref, 24);
AURELIS_PIN(aurelis_attr, 32);
#ifdef __cplusplus
}
#endif
/* ---- 12 evolution ---------------------------------------------------------------------------------
 * E1 1.x only appends members (behind AURELIS_TARGET_MINOR) to SIZED structs and adds constants, kinds,
 *    extension ids. Nothing is removed, reordered, re-typed or re-interpreted; a dead function keeps its
 *    slot and keeps working.
 * E2 Append a function to aurelis_store_ops (1.1): the host gains a stub for tables that are too short to have it, and
 *    a capability bit if callers need to know that it is native. A 1.0 plugin needs nothing: its struct_size says where
 *    its table ends, and the host never reads beyond it.
 * E3 Append a service to aurelis_host: a plugin that can live without it tests AURELIS_HAS; one that
 *    cannot sets min_host_minor and is refused by older hosts with a clear message.
 * E4 A reader copies min(its own sizeof, struct_size) and zero-fills: it never assigns *p whole.
 * E5 FROZEN structs take new data through reserved members only where 0 means "as before".
 * E6 Unknown flags in a call or write are ignored unless their bit is >= 24: those mean "refuse with
 *    E_UNSUPPORTED if you do not know me". Unknown statuses: see ERRORS. Unknown members of an
 *    aurelis_match must not be ignored (more would be removed than was meant): if struct_size is larger than the
 *    reader's own and anything there is not 0, it returns E_UNSUPPORTED.
 * E7 A plugin binary built with the 1.0 header is kept in the test data for good and every release
 *    loads it, runs the conformance kit on it and unloads it; so does a build of the newest plugin
 *    in the oldest supported host.
 * E8 2.0 exports aurelis_plugin_v2; a 2.x host keeps loading _v1 through an adapter for one major. */
#endif /* AURELIS_ABI_H */
