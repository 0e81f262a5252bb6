// Fuzzing: every target runs what the programs run on bytes that they read, and asserts what must
// hold whatever the bytes are. tests/fuzz/main.c hands the targets to libFuzzer (make fuzz),
// tests/fuzz/replay.c to the cases in tests/bad (make test).
#ifndef MC_TEST_FUZZ_H
#define MC_TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mc/buf.h"
#include "mc/doc.h"
#include "mc/model.h"
#include "mc/err.h"

struct fuzz_target {
    const char *name;
    // Negative where p[n] is refused, with the error in *e.
    int (*run)(const uint8_t *p, size_t n, struct mc_error *e);
};
extern const struct fuzz_target fuzz_targets[]; // the last has no name
const struct fuzz_target *fuzz_find(const char *name);
// Runs a target; a refusal must be one printable line, and not for want of memory.
int fuzz_run(const struct fuzz_target *t, const uint8_t *p, size_t n);

#define FUZZ_CHECK(x)                                                                              \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
// A call that must succeed on what was accepted.
#define FUZZ_OK(call, e)                                                                           \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, (e)->text);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// --- files: one directory for a process
enum { FUZZ_PATH = 256 };
void fuzz_dir_make(void);
void fuzz_dir_remove(void);
const char *fuzz_dir(void);
// The file of that name with these bytes; p NULL: the path alone, and no file there.
const char *fuzz_file(char path[FUZZ_PATH], const char *name, const void *p, size_t n);
// Inputs of several files: part k of p[n], each ended by the byte 0x1e; false where there is none.
enum { FUZZ_SEPARATOR = 0x1e };
bool fuzz_part(const uint8_t *p, size_t n, int k, const uint8_t **part, size_t *n_part);

// --- envelope.c
// The document that begins at p[0..n); *head: bytes before its data. False where it is damaged.
bool fuzz_doc_parse(const uint8_t *p, size_t n, struct mc_doc *d, size_t *head);
// Bytes of the document that begins at p[0..n), its header and its data; n where it is damaged.
size_t fuzz_doc_size(const uint8_t *p, size_t n);
// Whether a document of p[n] says that it has more data than that.
bool fuzz_claims_over(const uint8_t *p, size_t n, uint64_t most);
// Payload p[n] as a stream of ours, appended to out: a member per document, and at most `block`
// bytes in each.
void fuzz_wrap(struct mc_buf *out, const uint8_t *p, size_t n, int level, size_t block);

// --- models.c
// Writes a model and reads it over the file of its base (NULL: none); true where it is a point, and
// so read: *back is it then, which the caller releases.
bool fuzz_read_back(struct mc_model *m, const char *base, struct mc_model **back);

int fuzz_stream(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_header(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_model(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_delta(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_tokens(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_corpus(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_state(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_tokenizer(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_vocab(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_merges(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_spiece(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_template(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_config(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_import(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_torch(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_pickle(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_tsv(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_csv(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_jsonl(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_barrier(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_matrix(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_knowledge(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_over(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_values(const uint8_t *p, size_t n, struct mc_error *e);
int fuzz_options(const uint8_t *p, size_t n, struct mc_error *e);

#endif
