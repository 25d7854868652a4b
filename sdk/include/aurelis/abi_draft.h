/* Drafts of the aurelis plugin ABI: what has a place in the contract but no user yet. Nothing here is promised. A draft
 * may change in any release, and moves into abi.h, under the same names and ids, when a release of the core uses it and
 * a plugin has proven it; if its struct had to change by then, its id gets the next revision ("aurelis.async/2").
 * Leaves to others: everything that is promised (abi.h, which this includes).
 *
 * Drafts that are in abi.h nevertheless, since they reserve numbers or members:
 * AURELIS_KIND_STRATEGY and AURELIS_KIND_EMBEDDER, AURELIS_CAP_SUBJECT, AURELIS_CAP_TOKEN, AURELIS_SET_DURABLE,
 * AURELIS_CALL_REFRESH, AURELIS_CALL_CACHES_ONLY, AURELIS_ENTRY_SIMILAR and the attributes of similar answers, and the
 * members next, origin, refs, category and key_prefix of aurelis_env. */
#ifndef AURELIS_ABI_DRAFT_H
#define AURELIS_ABI_DRAFT_H
#include <aurelis/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- strategies ----------------------------------------------------------------------------------
 * A strategy is a store (aurelis_store_ops) on top of the next one: env->next[0] is the next strategy or the
 * stack of layers, env->origin the core's guarded access to the source of truth. One instance per category. It
 *  - calls next[0] and the origin as it is called itself, with the call that it was given or one made by
 *    host->call_derive;
 *  - leaves members NULL that it does not change: the host fills in a call to next[0];
 *  - holds none of its own locks while it calls them, and is re-entered: see RE-ENTRY at the head of abi.h;
 *  - passes SET_FILL on to next[0] and never to the origin, a journal or a bus;
 *  - answers a get with OK and ENTRY_NEGATIVE if a removal of the key waits in its queue, and with STALE only if the
 *    call allows it. */

/* Items that a strategy gave up on (write-behind). key, meta and attrs are as they were set; the status is the
 * reason. */
#define AURELIS_EXT_DEADLETTERS "aurelis.deadletters/1"
typedef uint32_t (*aurelis_dead_fn)(void *user, uint64_t id, const aurelis_key *, const aurelis_write *, /* 0: stop */
                                    aurelis_status why, uint32_t attempts, int64_t first_wall) AURELIS_NX;
typedef struct aurelis_ext_deadletters { /* of a strategy; all [data] */
  aurelis_status (*list)(aurelis_store *, aurelis_call *, uint64_t after_id, aurelis_dead_fn, void *user) AURELIS_NX;
  aurelis_status (*retry)(aurelis_store *, aurelis_call *, uint64_t id) AURELIS_NX; /* id 0: all */
  aurelis_status (*drop)(aurelis_store *, aurelis_call *, uint64_t id) AURELIS_NX;
} aurelis_ext_deadletters;

/* ---- embedders: all calls [data] -----------------------------------------------------------------*/
typedef struct aurelis_embedder_ops { /* SIZED */
  uint32_t struct_size;
  uint32_t dims;
  const char *model_id; /* part of every stored vector's identity: a change empties the index */
  void (*destroy)(void *self) AURELIS_NX;
  aurelis_status (*embed)(void *self, aurelis_call *, const aurelis_bytes *texts, size_t n,
                          float *out /* n * dims */) AURELIS_NX;
} aurelis_embedder_ops;

/* ---- async ---------------------------------------------------------------------------------------
 * 1.0 is synchronous: a data call returns when it is done. A store that can do better offers this besides its
 * functions, and the host submits where it would otherwise block. Nothing in today's structs stands in the way: what an
 * operation borrows (call, keys, writes) belongs to the submitter and is kept until done() runs, operations are
 * cancelled by call->cancel and cancel(), and AURELIS_PENDING has its number. What one thread submits for one key runs
 * in the order of submission. */
#define AURELIS_EXT_ASYNC "aurelis.async/1"
enum { /* which function of aurelis_store_ops */
  AURELIS_ASYNC_GET = 1, AURELIS_ASYNC_SET = 2, AURELIS_ASYNC_REMOVE = 3, AURELIS_ASYNC_MULTI_GET = 4,
  AURELIS_ASYNC_MULTI_WRITE = 5, AURELIS_ASYNC_FLUSH = 6
};
typedef struct aurelis_async_op { /* SIZED; it and everything that it points to stay unchanged until done() has run */
  uint32_t struct_size;
  uint32_t what; /* AURELIS_ASYNC_* */
  aurelis_call *call; /* used by one thread at a time: by the store, from submit until done() */
  const aurelis_key *keys; /* n of them; single forms: 1 */
  const aurelis_write *writes; /* n; gets and removals: NULL */
  size_t n;
  aurelis_entry *out; /* gets: n */
  aurelis_status *each; /* AURELIS_ASYNC_MULTI_WRITE: n */
  uint64_t *versions; /* sets: n, or NULL */
} aurelis_async_op;
/* Runs once per operation that is PENDING, on a thread of the store, with none of its locks held, and perhaps before
 * submit has returned; it must return at once. status: what the function would have returned. */
typedef void (*aurelis_done_fn)(void *user, const aurelis_async_op *, aurelis_status status) AURELIS_NX;
typedef struct aurelis_ext_async {
  /* [data] AURELIS_PENDING: done() will run. Anything else is the outcome itself, and done() does not run: a store that
   * has the answer at hand returns it. *ticket names the operation for cancel. */
  aurelis_status (*submit)(aurelis_store *, const aurelis_async_op *, aurelis_done_fn, void *user,
                           uint64_t *ticket) AURELIS_NX;
  /* [any] only a request: done() still runs, soon, with AURELIS_E_CANCELLED or with the outcome if there is one by
   * then. AURELIS_NOT_FOUND: done() has run already. stop() cancels all that is pending and returns when done() has run
   * for each. */
  aurelis_status (*cancel)(aurelis_store *, uint64_t ticket) AURELIS_NX;
} aurelis_ext_async;

#ifdef __cplusplus
}
#endif
#endif /* AURELIS_ABI_DRAFT_H */
