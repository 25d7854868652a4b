/* A serializer in C: run-length encoding. A control byte up to 127 is the number of literal bytes that follow, minus
 * one; from 128 on it is how often the next byte is repeated, plus 126. It keeps nothing between calls, so any number
 * of threads may call it. It declines what it cannot shrink. Its format id is one of those for private use, see
 * sdk/README.md. */
#include <aurelis/abi.h>

enum { FORMAT_ID = 200, AS_IT_IS_MAX = 128, RUN_MIN = 3, RUN_MAX = 129 };

static void runs_destroy(void *self) { (void)self; }
static size_t runs_bound(void *self, size_t src_size) { return (void)self, src_size; }

/* How many bytes from `at` on are equal, at most RUN_MAX. */
static size_t run_at(const unsigned char *from, size_t size, size_t at) {
  size_t length = 1;
  while (length < RUN_MAX && at + length < size && from[at + length] == from[at]) ++length;
  return length;
}
static aurelis_status runs_encode(void *self, aurelis_call *call, const aurelis_key *key, aurelis_bytes src, void *dst,
                                  size_t cap, size_t *written) {
  const unsigned char *from = src.data;
  unsigned char *to = dst;
  const size_t room = cap < src.size ? cap : src.size;
  size_t out = 0;
  (void)self, (void)call, (void)key;
  for (size_t at = 0; at < src.size;) {
    const size_t run = run_at(from, src.size, at);
    size_t as_it_is = 0;
    while (run < RUN_MIN && as_it_is < AS_IT_IS_MAX && at + as_it_is < src.size &&
           run_at(from, src.size, at + as_it_is) < RUN_MIN)
      ++as_it_is;
    const size_t needed = as_it_is ? 1 + as_it_is : 2;
    if (needed > room - out) return cap < src.size ? AURELIS_E_SPACE : AURELIS_DECLINED;
    to[out] = (unsigned char)(as_it_is ? as_it_is - 1 : run + 126);
    memcpy(to + out + 1, from + at, needed - 1);
    out += needed, at += as_it_is ? as_it_is : run;
  }
  *written = out;
  return out < src.size ? AURELIS_OK : AURELIS_DECLINED;
}
static aurelis_status runs_decode(void *self, aurelis_call *call, const aurelis_key *key, aurelis_bytes src, void *dst,
                                  size_t cap, size_t *written) {
  const unsigned char *from = src.data;
  unsigned char *to = dst;
  size_t out = 0;
  (void)self, (void)call, (void)key;
  for (size_t at = 0; at < src.size;) {
    const int is_run = from[at] >= 128;
    const size_t length = is_run ? from[at] - 126u : from[at] + 1u, held = is_run ? 1 : length;
    if (src.size - at - 1 < held) return AURELIS_E_CORRUPT;
    if (length > cap - out) return *written = 0, AURELIS_E_SPACE; /* 0: the needed size is not known */
    if (is_run) memset(to + out, from[at + 1], length);
    else memcpy(to + out, from + at + 1, length);
    out += length, at += 1 + held;
  }
  *written = out;
  return AURELIS_OK;
}
static const aurelis_serializer_ops ops = {.struct_size = sizeof ops, .format_id = FORMAT_ID, .destroy = runs_destroy,
                                           .bound = runs_bound, .encode = runs_encode, .decode = runs_decode};
static aurelis_status runs_create(const aurelis_component *c, const aurelis_host *host, const aurelis_node *config,
                                  const aurelis_env *env, aurelis_call *call, aurelis_object *out) {
  (void)c, (void)host, (void)config, (void)env, (void)call;
  out->ops = &ops, out->self = NULL; /* Instances have no state of their own. */
  return AURELIS_OK;
}
static const aurelis_object_factory factory = {.struct_size = sizeof factory, .create = runs_create};
static const aurelis_component component = {.struct_size = sizeof component, .kind = AURELIS_KIND_SERIALIZER,
    .type_name = "runs", .description = "Run lengths in C.", .caps = AURELIS_STAGE_COMPRESSES,
    .format_id = FORMAT_ID, .factory = &factory};
static const aurelis_component *const components[] = {&component};
static const aurelis_plugin plugin = {.struct_size = sizeof plugin, .abi_major = AURELIS_ABI_MAJOR,
    .id = "com.example.runs", .version = "1.0.0", .name = "runs", .components = components, .component_count = 1};
AURELIS_EXPORT const aurelis_plugin *aurelis_plugin_v1(uint32_t host_minor) { return (void)host_minor, &plugin; }
