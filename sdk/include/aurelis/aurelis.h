/* The host API of aurelis in C: open a cache from a YAML file, get, set, remove, compute, observe. C11, also
 * valid C++; includes nothing but types.h. libaurelis.so.1 exports these functions and nothing else;
 * <aurelis/cache.hpp> is the same API in C++20, function by function.
 *
 * THREADS  Every function may be called from any thread at any time, except aurelis_close: no other call may run on
 *          that cache while it is closed or afterwards. In a forked child every call returns AURELIS_E_CLOSED.
 * MEMORY   What is passed in is borrowed for the call. An aurelis_answer and every aurelis_buf that comes out hold one
 *          reference, which the caller gives back (aurelis_answer_release, aurelis_buf_release); the bytes never change
 *          and stay valid until then, even after a removal, but not after aurelis_close.
 * ERRORS   A status of 0 or more is an answer (a miss is one); below 0 it is an error. Then *error, if error is not
 *          NULL, is a new object that says why, in lines that name the place, the thing and the way out; free it with
 *          aurelis_error_free. Of the answers, AURELIS_PARTIAL sets *error as well: a batch some items of which failed,
 *          aurelis_clear and aurelis_scan_keys when they did not reach every layer. With any other answer *error is
 *          NULL. Pass NULL for error if the status is enough.
 * TIME     int64_t nanoseconds; *_wall count from the Unix epoch.
 * STRUCTS  SIZED: the first member is struct_size, set by the writer to sizeof; they grow at the end. All zero
 *          except struct_size means "nothing given", and so does NULL instead of options. FROZEN: the layout never
 *          changes. */
#ifndef AURELIS_AURELIS_H
#define AURELIS_AURELIS_H
#include <aurelis/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct aurelis_cache aurelis_cache; /* an open cache */
typedef struct aurelis_category aurelis_category; /* a category of it, with its policy; lives as long as the cache */
typedef struct aurelis_error aurelis_error;

AURELIS_EXPORT const char *aurelis_version(void) AURELIS_NX; /* "0.1.0" */
AURELIS_EXPORT aurelis_status aurelis_error_status(const aurelis_error *) AURELIS_NX;
/* One or more lines without a final newline; for a batch, why its first item failed. Lives as long as the error. */
AURELIS_EXPORT const char *aurelis_error_message(const aurelis_error *) AURELIS_NX;
/* Why an item of a batch failed, counted from 0 in the order of the names; NULL: it did not. For a call that failed as
 * a whole: the message, for every item. Lives as long as the error. */
AURELIS_EXPORT const char *aurelis_error_item(const aurelis_error *, size_t item) AURELIS_NX;
AURELIS_EXPORT void aurelis_error_free(aurelis_error *) AURELIS_NX; /* NULL is fine */
/* "OK", "NOT_FOUND", "E_TIMEOUT" ...; static. */
AURELIS_EXPORT const char *aurelis_status_name(aurelis_status) AURELIS_NX;

/* ---- opening and closing ---------------------------------------------------------------------------------*/
typedef struct aurelis_open_options { /* SIZED */
  uint32_t struct_size, reserved0;
  const char *file; /* the YAML file; NULL: text, else the first of AURELIS_CONFIG, ./aurelis.yaml,
                     * $XDG_CONFIG_HOME/aurelis/aurelis.yaml, /etc/aurelis/aurelis.yaml, the default.yaml installed
                     * with the library */
  aurelis_bytes text; /* YAML text instead of a file */
  const char *folder; /* for text: relative paths count from here; NULL: the working directory */
  const char *name_space; /* replaces cache.namespace; NULL: as configured */
  const char *data_folder; /* every option that says where a component keeps its data is moved here; NULL: no */
  const aurelis_clock *clock; /* NULL: the system's clocks */
  aurelis_log_fn log; /* NULL: stderr, from the level that $AURELIS_LOG names (trace to error, off), else warn */
  void *log_user;
  uint32_t log_level, reserved1; /* with log: the lowest level to pass on; AURELIS_LOG is not consulted */
} aurelis_open_options;

/* Opens a cache; options may be NULL. A mistake in the configuration, including what a component refuses when it is
 * created, fails with AURELIS_E_CONFIG and reports all mistakes at once. A layer that cannot start (path not writable,
 * server down) does not fail the opening: it is logged, counted, passed over, and retried in the background. */
AURELIS_EXPORT aurelis_status aurelis_open(const aurelis_open_options *, aurelis_cache **out,
                                           aurelis_error **error) AURELIS_NX;
/* Flushes pending writes within timeout_ns (0: as configured), stops everything and frees the cache in any case.
 * AURELIS_E_TIMEOUT: something could not be flushed in time. NULL is fine. */
AURELIS_EXPORT aurelis_status aurelis_close(aurelis_cache *, int64_t timeout_ns, aurelis_error **error) AURELIS_NX;
/* Waits until all layers have written what is pending, within timeout_ns (0: cache.wait_timeout). */
AURELIS_EXPORT aurelis_status aurelis_flush(aurelis_cache *, int64_t timeout_ns, aurelis_error **error) AURELIS_NX;

/* ---- names ------------------------------------------------------------------------------------------------*/
/* Opens a category once; the handle makes every later key cheap. A category that the YAML does not name has the policy
 * of `default`. */
AURELIS_EXPORT aurelis_status aurelis_category_open(aurelis_cache *, aurelis_bytes name, const aurelis_category **out,
                                                    aurelis_error **error) AURELIS_NX;
/* How a caller names an entry: a category, an identifier in one or more parts (which stay separate fields of the
 * key) and params, a JSON object whose order and spacing do not matter. Or `key`, a full key as it is stored, and
 * nothing else. */
typedef struct aurelis_name { /* FROZEN: used in arrays */
  const aurelis_category *category;
  const aurelis_bytes *parts; /* each at least 1 byte; any bytes */
  size_t part_count;
  aurelis_bytes params; /* empty: none; {} likewise */
  aurelis_bytes key; /* 1 byte to 64 KiB */
  uint64_t reserved[2];
} aurelis_name;
static inline aurelis_name aurelis_name_of(const aurelis_category *category, const aurelis_bytes *identifier) {
  aurelis_name name = {0, 0, 0, {0, 0}, {0, 0}, {0, 0}};
  name.category = category;
  name.parts = identifier;
  name.part_count = 1;
  return name;
}
/* The full key of a name, as a buffer that the caller releases. */
AURELIS_EXPORT aurelis_status aurelis_key_of(aurelis_cache *, const aurelis_name *, aurelis_buf *out,
                                             aurelis_error **error) AURELIS_NX;
/* The name of a layer, counted from 1, the highest; NULL beyond the last. The text lives as long as the cache. */
AURELIS_EXPORT const char *aurelis_layer_name(const aurelis_cache *, uint32_t layer) AURELIS_NX;

/* Where a call belongs in a trace (W3C trace context). Plugins get it with each call, and so do computations. */
typedef struct aurelis_trace { /* FROZEN */
  uint64_t trace_id[2]; /* big endian halves; 0 none */
  uint64_t span_id; /* of the caller */
  uint32_t flags; /* trace-flags: 1 sampled */
  uint32_t reserved0;
} aurelis_trace;

/* ---- reading ----------------------------------------------------------------------------------------------*/
enum {
  AURELIS_READ_ALLOW_STALE = 1u << 0, /* prefer a stale answer to a miss */
  AURELIS_READ_PEEK = 1u << 1, /* leave recency and counters alone; nothing is promoted */
  AURELIS_READ_NO_PROMOTE = 1u << 2 /* what is found in lower layers stays there */
};
typedef struct aurelis_read_options { /* SIZED */
  uint32_t struct_size, flags;
  int64_t timeout_ns; /* 0: none; waits for other callers of the same key last at most cache.wait_timeout */
  uint64_t skip_layers; /* bit i: leave out layer i+1 */
  const uint32_t *cancel; /* NULL: none. Set it to 1, atomically and from any thread, to give up the call: plugins
                           * notice during long work, and a call that has not begun returns AURELIS_E_CANCELLED. A wait
                           * for another caller goes on until its time-out. Lives as long as the call */
  const aurelis_trace *trace; /* NULL: none; borrowed for the call */
} aurelis_read_options;

typedef struct aurelis_answer { /* FROZEN */
  aurelis_buf value; /* one reference; release it */
  int64_t created_wall, stale_wall, expires_wall; /* stale 0: fresh until expires; expires 0: never */
  uint64_t version;
  uint32_t flags; /* AURELIS_ENTRY_* of types.h; bits 16..31 are the application's */
  uint32_t cost; /* what it took to compute, in microseconds; 0 unknown */
  aurelis_bytes attrs; /* packed attributes, see types.h; live as long as the value */
  aurelis_status status; /* AURELIS_OK hit, AURELIS_STALE, AURELIS_NOT_FOUND miss, or an error (batches) */
  uint16_t layer; /* which layer answered, 1 = highest; 0: computed or loaded just now */
  uint16_t reserved0;
  uint64_t reserved1[2];
} aurelis_answer;
enum {
  AURELIS_ANSWER_DEFAULT = 1u << 15 /* in the flags of an answer: the default value of the call; its load failed */
};
static inline void aurelis_answer_release(aurelis_answer *a) { aurelis_buf_release(&a->value); }
/* What the origin calls this version of the value; lives as long as the value. Empty: it was stored without one. */
static inline aurelis_bytes aurelis_answer_etag(const aurelis_answer *a) {
  aurelis_bytes none = {0, 0};
  aurelis_attr attr = {0, {0, 0}, 0};
  while (aurelis_attr_next(a->attrs, &attr))
    if (attr.kind == AURELIS_ATTR_ETAG) return attr.value;
  return none;
}
/* One more handle to the same bytes, which are not copied; both are released. */
static inline aurelis_answer aurelis_answer_share(const aurelis_answer *a) {
  aurelis_buf_share(&a->value);
  return *a;
}

/* Looks a name up. AURELIS_OK, AURELIS_STALE (with ALLOW_STALE) or AURELIS_NOT_FOUND; on the latter and on an error
 * *out holds nothing to release. AURELIS_ENTRY_NEGATIVE in the flags of a miss: a computation said that there is no
 * value, and until expires_wall that is remembered. A layer that fails is passed over; an error means that the request
 * was wrong, or that a strategy of the category failed. */
AURELIS_EXPORT aurelis_status aurelis_get(aurelis_cache *, const aurelis_name *, const aurelis_read_options *,
                                          aurelis_answer *out, aurelis_error **error) AURELIS_NX;
/* The same for n names, layer by layer in batches. out[i].status is the outcome of each; release each.
 * AURELIS_OK: no item failed. AURELIS_PARTIAL: some did, perhaps all; aurelis_error_item says why each of them failed,
 * and aurelis_error_message why the first did. */
AURELIS_EXPORT aurelis_status aurelis_multi_get(aurelis_cache *, const aurelis_name *, size_t n,
                                                const aurelis_read_options *, aurelis_answer *out,
                                                aurelis_error **error) AURELIS_NX;

/* ---- writing ----------------------------------------------------------------------------------------------*/
enum {
  AURELIS_WRITE_TTL = 1u << 0, /* ttl_ns is given: above 0. Without it, the category's ttl, else that of the layers */
  AURELIS_WRITE_NEVER = 1u << 1, /* never expires, however the category is configured; layers may still limit it */
  AURELIS_WRITE_STALE = 1u << 2, /* stale_ns is given: how long after the ttl it may still be served as stale */
  AURELIS_WRITE_PERSISTENT = 1u << 3, /* set and multi_set: an error if no persistent layer took it; then no layer
                                       * holds the name. Refused for computations, which answer before they store */
  AURELIS_WRITE_NEGATIVE_TTL = 1u << 4, /* of a computation: negative_ttl_ns is given: how long it is remembered that
                                         * there is no value; 0: not at all. Without it, as the category says */
  AURELIS_WRITE_JITTER = 1u << 5, /* jitter is given: up to this share of the ttl is taken off, differently for each
                                   * entry, so that entries that are stored together do not end together */
  AURELIS_WRITE_IDLE = 1u << 6 /* idle_ns is given: an entry that is not used for so long ends, however long its ttl;
                                * each get moves that end, but never beyond the ttl and the stale time. 0: it does not.
                                * Needs layers with AURELIS_CAP_EXPIRY */
};
typedef struct aurelis_write_options { /* SIZED */
  uint32_t struct_size, flags;
  int64_t ttl_ns, stale_ns;
  const aurelis_bytes *tags;
  size_t tag_count;
  uint32_t entry_flags; /* bits 16..31, the application's: come back in the answer */
  uint32_t cost; /* microseconds; 0 unknown */
  int64_t timeout_ns; /* as in aurelis_read_options */
  uint64_t skip_layers; /* bit i: leave out layer i+1. An old copy of the key is removed there nevertheless */
  const uint32_t *cancel; /* as in aurelis_read_options; a write that is given up may have reached some layers */
  const aurelis_trace *trace;
  int64_t negative_ttl_ns;
  aurelis_bytes etag; /* what the origin calls this version of the value, at most 1024 bytes; empty: none */
  double jitter; /* 0 to below 1 */
  int64_t idle_ns;
} aurelis_write_options;
typedef struct aurelis_write_report { /* SIZED, filled by the library: what each layer answered, [0] is the highest */
  uint32_t struct_size, layer_count;
  aurelis_status layers[AURELIS_LAYERS_MAX];
  /* Bit i: layer i+1 did not take the write and may hold an older value. This cache does not read it while it is open,
   * but other processes, or later ones, may, until the layer has taken a write or removal of the name. */
  uint64_t outdated;
} aurelis_write_report;

/* Stores a copy of value under the name, in every layer, lowest first. AURELIS_OK if at least one layer took it;
 * report (may be NULL) says what each did. A set wins over every load of the name that is in flight. */
AURELIS_EXPORT aurelis_status aurelis_set(aurelis_cache *, const aurelis_name *, aurelis_bytes value,
                                          const aurelis_write_options *, aurelis_write_report *report,
                                          aurelis_error **error) AURELIS_NX;
/* n sets with the same options, independent of each other. each (may be NULL) gets n statuses. AURELIS_OK: no item
 * failed. AURELIS_PARTIAL as from aurelis_multi_get; an item that no layer admitted (AURELIS_NOT_STORED) counts as
 * failed. */
AURELIS_EXPORT aurelis_status aurelis_multi_set(aurelis_cache *, const aurelis_name *, const aurelis_bytes *values,
                                                size_t n, const aurelis_write_options *, aurelis_status *each,
                                                aurelis_error **error) AURELIS_NX;
/* Removes the name from every layer. AURELIS_OK, or AURELIS_NOT_FOUND if no layer had it. A load that began before
 * will not bring the value back. */
AURELIS_EXPORT aurelis_status aurelis_remove(aurelis_cache *, const aurelis_name *, const aurelis_write_options *,
                                             aurelis_write_report *report, aurelis_error **error) AURELIS_NX;
/* n removals, as aurelis_multi_set; AURELIS_NOT_FOUND is not a failure. */
AURELIS_EXPORT aurelis_status aurelis_multi_remove(aurelis_cache *, const aurelis_name *, size_t n,
                                                   const aurelis_write_options *, aurelis_status *each,
                                                   aurelis_error **error) AURELIS_NX;
/* Empties this cache's namespace (all its versions) in every layer; other keys in a shared store stay. *removed
 * (may be NULL): entries removed in the layer that had the most; UINT64_MAX unknown. AURELIS_PARTIAL: a layer could not
 * be emptied; what it holds is hidden, and the error has a line for each such layer with its reason. */
AURELIS_EXPORT aurelis_status aurelis_clear(aurelis_cache *, const aurelis_write_options *, uint64_t *removed,
                                            aurelis_error **error) AURELIS_NX;

/* ---- invalidating -------------------------------------------------------------------------------------------*/
enum {
  AURELIS_INVALIDATE_SOFT = 1u << 0, /* entries become stale instead of misses */
  AURELIS_INVALIDATE_DRY_RUN = 1u << 1, /* only count */
  AURELIS_INVALIDATE_COUNT = 1u << 2, /* count what is hidden, which takes a walk over the layers */
  AURELIS_INVALIDATE_REMOVE = 1u << 3 /* do not return before the hidden bytes are removed; else that is done behind */
};
#define AURELIS_WITHOUT_RULE_MAX 512
/* Which entries to invalidate: those to which everything applies that is given; without any, all of the namespace. */
typedef struct aurelis_invalidation { /* SIZED */
  uint32_t struct_size, flags; /* AURELIS_INVALIDATE_* */
  const aurelis_category *category; /* of this category */
  const aurelis_bytes *parts; /* with a category: with this identifier, and whatever params */
  size_t part_count;
  aurelis_bytes params; /* with an identifier: with exactly these params */
  aurelis_bytes tag; /* with this tag */
  aurelis_bytes pattern; /* a glob for the key, * ? [set] \escape: full, beginning with the namespace
                          * ("aurelis:*:model_responses:gpt-4o:*"), or category:identifier ("user_data:42"), which
                          * matches any version and any params */
  int64_t older_than_ns; /* created longer ago than this; 0: any age */
  uint64_t larger_than; /* values with more bytes than this; 0: any size */
  uint32_t format_id; /* encoded by a serializer of this format id (sdk/README.md); a copy in a layer without
                       * serializers does not tell, and is selected as well; 0: any */
  aurelis_bytes event; /* instead of all this: what the event's rule names */
  aurelis_bytes context; /* with an event: a flat JSON object with the values of its rule's variables */
  int64_t timeout_ns; /* as in aurelis_read_options */
  const uint32_t *cancel;
  const aurelis_trace *trace;
} aurelis_invalidation;
typedef struct aurelis_invalidation_report { /* SIZED, filled by the library; [0] is the highest layer */
  uint32_t struct_size, layer_count;
  /* OK, or why the layer could not keep the invalidation for other processes and later ones, or count or remove */
  aurelis_status layers[AURELIS_LAYERS_MAX];
  uint64_t matched[AURELIS_LAYERS_MAX]; /* entries that were hits and are selected; UINT64_MAX: not counted */
  uint64_t removed[AURELIS_LAYERS_MAX]; /* entries whose bytes are gone already; UINT64_MAX: unknown */
  uint32_t target_count; /* of an event */
  uint32_t events_without_rule; /* the event itself, or those that its rule names; they invalidate nothing */
  /* Which those are, what names them and what may have been meant, as text; ends with a 0, empty if there are none */
  char without_rule[AURELIS_WITHOUT_RULE_MAX];
} aurelis_invalidation_report;
/* Invalidates: from its return on, no entry that was stored before is a hit, here, in later processes, and in others
 * that share a layer as soon as they have been told, whatever loads are in flight. Takes no longer for a million
 * entries than for one. Origins keep what they have. report may be NULL. AURELIS_OK, or AURELIS_PARTIAL if a layer
 * failed; the error has a line for each. An event whose rule needs a variable that the context lacks is
 * AURELIS_E_INVALID and invalidates nothing. */
AURELIS_EXPORT aurelis_status aurelis_invalidate(aurelis_cache *, const aurelis_invalidation *,
                                                 aurelis_invalidation_report *report, aurelis_error **error) AURELIS_NX;
/* Sets what an event invalidates, instead of what its rule was: targets as in the section `invalidation` of the
 * configuration ("category:NAME", "pattern:GLOB", "tag:NAME", "event:NAME", else a full key), with {variables}. No
 * targets: the event has no rule any more; AURELIS_NOT_FOUND if it had none. What is refused changes nothing. */
AURELIS_EXPORT aurelis_status aurelis_set_rule(aurelis_cache *, aurelis_bytes event, const aurelis_bytes *targets,
                                               size_t target_count, aurelis_error **error) AURELIS_NX;
/* The rules, those of the configuration included, as JSON: [{"on", "targets"}], sorted by event. */
AURELIS_EXPORT aurelis_status aurelis_rules(aurelis_cache *, aurelis_buf *json, aurelis_error **error) AURELIS_NX;

/* ---- computing and loading ----------------------------------------------------------------------------------*/
/* What a computation is told, and what it returns; the latter is zeroed before the call. */
typedef struct aurelis_computed { /* SIZED by the library */
  uint32_t struct_size;
  uint32_t flags; /* AURELIS_WRITE_*: this value's own times, instead of those of the options */
  aurelis_buf value; /* the library takes over one reference; with ops NULL it copies, and the bytes must stay valid
                      * until compute is called again or get_or_compute returns */
  int64_t ttl_ns, stale_ns, negative_ttl_ns;
  const aurelis_bytes *tags; /* besides those of the options; borrowed like value */
  size_t tag_count;
  aurelis_bytes etag; /* borrowed like value; empty: that of the options */
  double jitter;
  int64_t idle_ns;
  uint32_t dont_store; /* 1: the outcome is returned to the waiting callers and is not stored */
  uint32_t entry_flags;
  uint32_t cost; /* microseconds; 0: that of the options, else what was measured */
  uint32_t not_modified; /* 1: the stale value is still right, and value is ignored. It is stored again with new times
                          * and keeps its tags, etag, flags and cost, as far as nothing else is said here */
  /* What it is told. */
  const aurelis_answer *stale; /* the copy whose time has passed; NULL: there is none. Borrowed for the call */
  int64_t deadline_mono; /* when the caller gives up, by the monotonic clock of the cache; 0: never */
  const uint32_t *cancel; /* becomes 1, atomically, when the caller gives up; may be NULL */
  const aurelis_trace *trace; /* that of the read options of the call that computes; NULL none */
  void *library; /* not for the callee */
  /* Says why the computation fails; at most once, then return a status below 0. */
  void (*set_error)(struct aurelis_computed *, const char *message, size_t size) AURELIS_NX;
} aurelis_computed;
/* Computes the value of a name. AURELIS_OK with *out filled; AURELIS_NOT_FOUND: there is none, which is stored as a
 * negative entry if there is a negative_ttl; below 0: failed. The status is passed to all callers that wait for the
 * name; a program's own codes are below -1000, where no release assigns any. Any other status is read as
 * AURELIS_E_FAILED.
 * Runs on the caller's thread; may use the cache, but not ask for the name that it is computing, nor for one whose
 * computation is waiting for it: that is refused with AURELIS_E_INVALID and a text that names the cycle, across all
 * threads. A cycle through work that it hands to another thread and waits for is not detected; only cache.wait_timeout
 * ends it. */
typedef aurelis_status (*aurelis_compute_fn)(void *user, const aurelis_name *name, aurelis_computed *out) AURELIS_NX;
/* The same for n names at once, 1 to 1,024 of them, all different and of one policy (a key of `categories`): what
 * aurelis_compute_fn would return for names[i] goes into each[i], with out[i] filled; an item that is left alone is
 * AURELIS_NOT_FOUND. Returns AURELIS_OK; or a status below 0 if all of them failed, said with out[0].set_error. What
 * out points to must stay valid until this is called again or the call that asked returns. */
typedef aurelis_status (*aurelis_compute_many_fn)(void *user, const aurelis_name *names, size_t n,
                                                  aurelis_computed *out, aurelis_status *each) AURELIS_NX;

/* Returns the value from the cache; if it is not there, computes and stores it: one computation per name, however many
 * callers ask at once; the others wait for it (until their time-outs). compute NULL: the category's origin loads it.
 * AURELIS_OK, AURELIS_STALE (the computation failed, see aurelis_get_or_load), AURELIS_NOT_FOUND (from a negative entry
 * without a computation), or the computation's error, which callers that waited for it get, too, and do not retry. A
 * removal or set meanwhile wins: then the result is returned to those that had asked before, and is not stored. */
AURELIS_EXPORT aurelis_status aurelis_get_or_compute(aurelis_cache *, const aurelis_name *, aurelis_compute_fn,
                                                     void *user, const aurelis_read_options *,
                                                     const aurelis_write_options *, aurelis_answer *out,
                                                     aurelis_error **error) AURELIS_NX;
/* ---- how a value is loaded ----*/
enum {
  AURELIS_LOAD_FRESH_ONLY = 1u << 0, /* a stale value is not an answer, although the category has a stale time */
  AURELIS_LOAD_FAILURE_PAUSE = 1u << 1, /* failure_pause_ns is given; without it, the category's */
  AURELIS_LOAD_DEFAULT = 1u << 2, /* default_value is given */
  AURELIS_LOAD_SOFT_TIMEOUT = 1u << 3, /* soft_timeout_ns is given; without it, the category's; so the next two */
  AURELIS_LOAD_HARD_TIMEOUT = 1u << 4, /* hard_timeout_ns */
  AURELIS_LOAD_REFRESH_AT = 1u << 5, /* refresh_at */
  AURELIS_LOAD_REFRESH_PROBABILISTIC = 1u << 6 /* instead of refresh_at: earlier than the end of its ttl by chance, the
                                                * more so the longer the value took to load (XFetch) */
};
typedef struct aurelis_computation { /* SIZED */
  uint32_t struct_size, flags; /* AURELIS_LOAD_* */
  aurelis_compute_fn run; /* NULL: the category's origin loads the value */
  void *user;
  int64_t failure_pause_ns; /* after a failure callers that have something else to return do not ask for so long; 0: all
                             * ask */
  aurelis_bytes default_value; /* the answer if the load fails and there is no stale value; not stored */
  /* Both or neither: with them, run may go on behind the call. keep returns a `user` with which run may be called after
   * this call has returned, on another thread, or NULL if it cannot; release gives it back, once. keep is only called
   * if a load is to go on, and release before the cache has closed. Without them run is only called during this call
   * and on its thread, and the next three have no effect. The category's origin may always go on. */
  void *(*keep)(void *user) AURELIS_NX;
  void (*release)(void *kept) AURELIS_NX;
  int64_t soft_timeout_ns; /* with a stale value at hand: so long the fresh one is awaited; 0: not at all */
  int64_t hard_timeout_ns; /* without one: so long; then AURELIS_E_TIMEOUT or the default value; 0: no limit */
  double refresh_at; /* a value that has lived for this share of its ttl is loaded anew behind the get that finds it;
                      * above 0 and below 1; 0: not before its end */
  aurelis_compute_many_fn run_many; /* for a batch instead of run, which is called for one name after the other; for a
                                     * single name only if run is NULL */
} aurelis_computation;
/* aurelis_get_or_compute with more to say. If the load fails, a stale value is the answer (AURELIS_STALE) to callers
 * with AURELIS_READ_ALLOW_STALE, and to all if the call or the category gives a stale time, except with FRESH_ONLY;
 * else the default value (AURELIS_OK with AURELIS_ANSWER_DEFAULT). During the failure pause these are the answers
 * without a load. A caller that may get a stale value and whose load may go on behind gets it at once, or after the
 * soft time-out, and the load is published when it ends; else one caller loads, and the others get it at once. At most
 * 32 loads go on behind at a time, and 1,024 wait. Closing the cache sets their `cancel` and waits for them. */
AURELIS_EXPORT aurelis_status aurelis_get_or_load(aurelis_cache *, const aurelis_name *, const aurelis_computation *,
                                                  const aurelis_read_options *, const aurelis_write_options *,
                                                  aurelis_answer *out, aurelis_error **error) AURELIS_NX;
/* The same for n names: they are looked up layer by layer in batches, and the missing ones are computed or loaded
 * together: run_many gets exactly the names that have no answer and that nobody else is loading, once for each policy
 * among them (and once for every 1,024 of them; what has a stale value and goes on behind is a call of its own; a
 * strategy that asks the origin itself does so name by name). Each name is loaded by one caller, be it in a batch or
 * alone; the time-outs, stale values, pauses and the default value apply to each name as they would alone.
 * out[i].status is the outcome of each; release each. AURELIS_PARTIAL as from aurelis_multi_get. */
AURELIS_EXPORT aurelis_status aurelis_multi_get_or_load(aurelis_cache *, const aurelis_name *, size_t n,
                                                        const aurelis_computation *, const aurelis_read_options *,
                                                        const aurelis_write_options *, aurelis_answer *out,
                                                        aurelis_error **error) AURELIS_NX;
/* Reports that the caller cannot read the value of an answer: it is counted ("undecodable" in aurelis_stats), and the
 * reason is logged at most once a minute. remove 1: all copies of exactly these bytes are removed, in all layers, so
 * that the next get_or_compute computes again; what was set meanwhile stays. AURELIS_OK, or AURELIS_NOT_FOUND if there
 * was no copy to remove. Call it before the answer is released. */
AURELIS_EXPORT aurelis_status aurelis_reject(aurelis_cache *, const aurelis_name *, const aurelis_answer *,
                                             aurelis_bytes why, uint32_t remove, aurelis_error **error) AURELIS_NX;
typedef struct aurelis_origin { /* SIZED: a source of truth that the host provides */
  uint32_t struct_size, reserved0;
  void *user;
  aurelis_compute_fn load; /* on any thread that asks; NULL: load_many alone */
  void (*destroy)(void *user) AURELIS_NX; /* when the cache closes, or the origin is replaced; may be NULL */
  aurelis_compute_many_fn load_many; /* for batches, and for single names that a category's coalesce_window gathers;
                                      * NULL: load is called for one name after the other */
} aurelis_origin;
/* Registers what categories name as `origin: host:NAME`. Registering a name again replaces it; loads in progress
 * finish with the old one. */
AURELIS_EXPORT aurelis_status aurelis_register_origin(aurelis_cache *, aurelis_bytes name, const aurelis_origin *,
                                                      aurelis_error **error) AURELIS_NX;

/* ---- looking inside -------------------------------------------------------------------------------------------*/
typedef struct aurelis_scanned { /* SIZED by the library; borrowed for the visit */
  uint32_t struct_size;
  uint32_t layer; /* where it was found, 1 = highest */
  aurelis_bytes key;
} aurelis_scanned;
typedef uint32_t (*aurelis_scan_fn)(void *user, const aurelis_scanned *) AURELIS_NX; /* 0: stop */
/* Shows the keys of this namespace that match the glob (empty: all): * ? [set] \escape; * also crosses ':'. Each key
 * is shown once, from the highest layer that lists it. The visitor may use the cache. Keys that are present throughout
 * are shown; others may be. AURELIS_PARTIAL: a layer could not be asked, so keys may be missing; the error has a line
 * for each such layer with its reason. AURELIS_OK once the visitor has stopped it. */
AURELIS_EXPORT aurelis_status aurelis_scan_keys(aurelis_cache *, aurelis_bytes glob, const aurelis_read_options *,
                                                aurelis_scan_fn, void *user, aurelis_error **error) AURELIS_NX;
/* The following return JSON text, in a buffer that the caller releases. */
AURELIS_EXPORT aurelis_status aurelis_stats(aurelis_cache *, aurelis_buf *json, aurelis_error **error) AURELIS_NX;
/* What every layer holds for a name and why a get would miss, and the key of `categories` that its policy comes from;
 * changes nothing. */
AURELIS_EXPORT aurelis_status aurelis_explain(aurelis_cache *, const aurelis_name *, const aurelis_read_options *,
                                              aurelis_buf *json, aurelis_error **error) AURELIS_NX;
/* Checks a configuration, plugins and options included, without starting anything: {"file", "problems": [{"line",
 * "message"}], "warnings": [...], "layers": [{"name", "backend", "plugin", "serializers"}], "origins": [...],
 * "categories": [{"name", "glob", "strategies"}]}.
 * AURELIS_E_CONFIG if there are problems; *json is filled then as well. */
AURELIS_EXPORT aurelis_status aurelis_config_check(const aurelis_open_options *, aurelis_buf *json,
                                                   aurelis_error **error) AURELIS_NX;
/* The configuration as it is understood, secrets masked. yaml 1: YAML text, 0: JSON. */
AURELIS_EXPORT aurelis_status aurelis_config_show(const aurelis_open_options *, uint32_t yaml, aurelis_buf *text,
                                                  aurelis_error **error) AURELIS_NX;
/* {"folders": [...], "named": [...], "files": [...]}: where plugins are looked for, which files the configuration
 * names, and all files of both; loads none. options NULL or a configuration that cannot be read: the default
 * folders. */
AURELIS_EXPORT aurelis_status aurelis_plugin_list(const aurelis_open_options *, aurelis_buf *json,
                                                  aurelis_error **error) AURELIS_NX;
/* Loads one plugin, by name or path, into this process and describes it. Loading runs its code, which may crash: call
 * it in a process that you can afford to lose. */
AURELIS_EXPORT aurelis_status aurelis_plugin_inspect(const aurelis_open_options *, const char *plugin,
                                                     aurelis_buf *json, aurelis_error **error) AURELIS_NX;

AURELIS_STATIC_ASSERT(sizeof(aurelis_trace) == 32, "aurelis_trace is frozen");
AURELIS_STATIC_ASSERT(sizeof(aurelis_name) == 72, "aurelis_name is frozen");
AURELIS_STATIC_ASSERT(sizeof(aurelis_answer) == 112, "aurelis_answer is frozen");
#ifdef __cplusplus
}
#endif
#endif /* AURELIS_AURELIS_H */
