/* A backend in C: a bounded hash table of lists, one call at a time (AURELIS_THREADS_SERIAL), so it needs no lock. The
 * core keeps times, tags and a checksum in the bytes that we are given, splits batches into single calls, and treats
 * the rest as unsupported. Time-outs are co-operative: nothing here waits, so nothing checks them. Code that waits for
 * a disk or a server waits until call->deadline_mono at most, and long work returns what aurelis_call_ended(call, host)
 * says unless that is AURELIS_OK. */
#include <aurelis/abi.h>
#include <stdlib.h>

enum { SLOTS = 4096 };
typedef struct item {
  struct item *next;
  uint64_t hash;
  size_t key_size, value_size;
  char bytes[]; /* key, then value */
} item;
typedef struct pocket {
  const aurelis_host *host;
  size_t entries, entries_max;
  item *slots[SLOTS];
} pocket;

static item **place_of(pocket *p, const aurelis_key *key) {
  item **at = &p->slots[key->hash % SLOTS];
  while (*at && ((*at)->hash != key->hash || (*at)->key_size != key->size ||
                 memcmp((*at)->bytes, key->data, key->size) != 0))
    at = &(*at)->next;
  return at;
}
/* Flags from bit 24 on must be refused if they are unknown. The 1.0 header has none. */
static aurelis_status refuse(aurelis_call *call, const char *why) {
  call->set_error(call, AURELIS_E_UNSUPPORTED, why, strlen(why));
  return AURELIS_E_UNSUPPORTED;
}
static const char unknown_flag[] = "there is a flag that pocket does not know; update it";

static aurelis_status pocket_get(aurelis_store *s, aurelis_call *call, const aurelis_key *key, aurelis_entry *out) {
  pocket *p = s->self;
  const item *found = *place_of(p, key);
  aurelis_entry entry = {0}; void *room;
  if (call->flags & AURELIS_MUST_KNOW) return refuse(call, unknown_flag);
  if (!found) return AURELIS_NOT_FOUND;
  if (p->host->buf_new(p->host, found->value_size, &entry.value, &room) != AURELIS_OK) return AURELIS_E_NOMEM;
  if (found->value_size) memcpy(room, found->bytes + found->key_size, found->value_size);
  *out = entry;
  return AURELIS_OK;
}
static void drop(pocket *p, item **at) {
  item *gone = *at;
  *at = gone->next;
  free(gone);
  --p->entries;
}
/* Makes room for one more: evicts an entry from the key's slot, else from the next slot that is not empty. */
static void make_room(pocket *p, const aurelis_key *key) {
  for (size_t i = 0; p->entries >= p->entries_max; ++i) {
    item **at = &p->slots[(key->hash + i) % SLOTS];
    if (*at) drop(p, at);
  }
}
static aurelis_status pocket_remove(aurelis_store *s, aurelis_call *call, const aurelis_key *key) {
  item **at = place_of(s->self, key);
  if (call->flags & AURELIS_MUST_KNOW) return refuse(call, unknown_flag);
  if (!*at) return AURELIS_NOT_FOUND;
  drop(s->self, at);
  return AURELIS_OK;
}
static aurelis_status pocket_set(aurelis_store *s, aurelis_call *call, const aurelis_key *key,
                                 const aurelis_write *write, uint64_t *new_version) {
  pocket *p = s->self;
  item *made, **at;
  if ((call->flags | write->flags) & AURELIS_MUST_KNOW) return refuse(call, unknown_flag);
  if (write->flags & (AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT | AURELIS_SET_IF_VERSION))
    return refuse(call, "pocket has no conditional writes");
  made = malloc(sizeof *made + key->size + write->value.size);
  if (!made) return AURELIS_E_NOMEM;
  made->hash = key->hash, made->key_size = key->size, made->value_size = write->value.size;
  memcpy(made->bytes, key->data, key->size);
  if (write->value.size) memcpy(made->bytes + key->size, write->value.data, write->value.size);
  at = place_of(p, key);
  if (*at) drop(p, at);
  make_room(p, key);
  made->next = p->slots[key->hash % SLOTS], p->slots[key->hash % SLOTS] = made;
  ++p->entries;
  if (new_version) *new_version = 0;
  return AURELIS_OK;
}
static void pocket_destroy(aurelis_store *s) {
  pocket *p = s->self;
  for (size_t i = 0; i < SLOTS; ++i)
    for (item *one = p->slots[i], *next; one; one = next) next = one->next, free(one);
  free(p);
}
static const aurelis_store_ops ops = {.struct_size = sizeof ops, .destroy = pocket_destroy, .get = pocket_get,
                                      .set = pocket_set, .remove = pocket_remove};
static aurelis_status pocket_create(const aurelis_component *c, const aurelis_host *host, const aurelis_node *config,
                                    const aurelis_env *env, aurelis_call *call, aurelis_store *out) {
  pocket *p;
  int64_t entries_max = 0;
  (void)c, (void)env;
  /* The host has checked the value against the table and filled in the fallback; as_int reports the error, if any.
   * */
  if (host->config->as_int(host->config->get(config, "max_entries"), call, &entries_max) != AURELIS_OK)
    return AURELIS_E_CONFIG;
  p = calloc(1, sizeof *p);
  if (!p) return AURELIS_E_NOMEM;
  p->host = host, p->entries_max = (size_t)entries_max, out->ops = &ops, out->self = p;
  return AURELIS_OK;
}
static const aurelis_store_factory factory = {.struct_size = sizeof factory, .create = pocket_create};
static const aurelis_option max_entries = {.struct_size = sizeof max_entries, .type = AURELIS_OPT_INT,
    .name = "max_entries", .fallback = "100000", .min = "1", .max = "1000000000", .help = "At most this many entries."};
static const aurelis_option *const options[] = {&max_entries};
static const aurelis_component component = {.struct_size = sizeof component, .kind = AURELIS_KIND_BACKEND,
    .type_name = "pocket", .description = "A hash table in C.", .threads = AURELIS_THREADS_SERIAL, .options = options,
    .option_count = sizeof options / sizeof *options, .factory = &factory};
static const aurelis_component *const components[] = {&component};
static const aurelis_plugin plugin = {.struct_size = sizeof plugin, .abi_major = AURELIS_ABI_MAJOR,
    .id = "com.example.pocket", .version = "1.0.0", .name = "pocket", .components = components, .component_count = 1};
AURELIS_EXPORT const aurelis_plugin *aurelis_plugin_v1(uint32_t host_minor) { return (void)host_minor, &plugin; }
