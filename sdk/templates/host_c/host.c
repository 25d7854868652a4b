/* A host in C: opens a cache, stores, reads, computes what is missing, and closes. */
#include <aurelis/aurelis.h>
#include <stdio.h>
#include <string.h>

static aurelis_bytes text(const char *s) { return (aurelis_bytes){s, strlen(s)}; }

static aurelis_status slow_answer(void *user, const aurelis_name *name, aurelis_computed *out) {
  (void)name;
  ++*(int *)user;
  out->value = (aurelis_buf){"forty-two", 9, NULL, NULL};
  return AURELIS_OK;
}

int main(int argc, char **argv) {
  aurelis_error *error = NULL;
  aurelis_cache *cache = NULL;
  const aurelis_category *users = NULL;
  const aurelis_open_options open = {.struct_size = sizeof open, .file = argc > 1 ? argv[1] : NULL};
  const aurelis_write_options hour = {.struct_size = sizeof hour, .flags = AURELIS_WRITE_TTL,
                                      .ttl_ns = INT64_C(3600000000000)};
  const aurelis_bytes id = text("user123"), question = text("question");
  aurelis_answer answer;
  int computed = 0;

  if (aurelis_open(&open, &cache, &error) != AURELIS_OK) goto failed;
  if (aurelis_category_open(cache, text("user_data"), &users, &error) != AURELIS_OK) goto failed;
  const aurelis_name john = aurelis_name_of(users, &id), asked = aurelis_name_of(users, &question);
  if (aurelis_set(cache, &john, text("{\"name\":\"John\"}"), &hour, NULL, &error) != AURELIS_OK) goto failed;
  if (aurelis_get(cache, &john, NULL, &answer, &error) < 0) goto failed;
  if (answer.status == AURELIS_OK)
    printf("%.*s from %s\n", (int)answer.value.size, (const char *)answer.value.data,
           aurelis_layer_name(cache, answer.layer));
  aurelis_answer_release(&answer);
  for (int i = 0; i < 3; ++i) {
    if (aurelis_get_or_compute(cache, &asked, slow_answer, &computed, NULL, &hour, &answer, &error) < 0) goto failed;
    aurelis_answer_release(&answer);
  }
  printf("computed %d time(s)\n", computed);
  return aurelis_close(cache, 0, NULL) == AURELIS_OK ? 0 : 1;
failed:
  fprintf(stderr, "%s\n", error ? aurelis_error_message(error) : "failed");
  aurelis_error_free(error);
  aurelis_close(cache, 0, NULL);
  return 1;
}
