// The table of targets and what they share.
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

const struct fuzz_target fuzz_targets[] = {
    {"stream", fuzz_stream},       // a file as it lies on disk: ours, gzip, bare safetensors
    {"header", fuzz_header},       // the JSON of a safetensors header
    {"model", fuzz_model},         // documents, their envelope sound: as models
    {"delta", fuzz_delta},         // ... as deltas over a base
    {"tokens", fuzz_tokens},       // ... as token sets
    {"corpus", fuzz_corpus},       // ... as parts of a corpus
    {"state", fuzz_state},         // ... as a checkpoint
    {"tokenizer", fuzz_tokenizer}, // tokenizer.json and the files beside it, a text
    {"vocab", fuzz_vocab},         // vocab.txt and the files beside it, a text
    {"merges", fuzz_merges},       // vocab.json, merges.txt and the files beside them, a text
    {"spiece", fuzz_spiece},       // files beside it, a text, spiece.model
    {"template", fuzz_template},   // a source, a target, two texts
    {"config", fuzz_config},       // config.json
    {"import", fuzz_import},       // config.json, a safetensors header, an index
    {"torch", fuzz_torch},         // a file of torch.save as it lies on disk
    {"pickle", fuzz_pickle},       // the pickle in one, its archive sound
    {"tsv", fuzz_tsv},             // labelled text
    {"csv", fuzz_csv},
    {"jsonl", fuzz_jsonl},
    {"barrier", fuzz_barrier},     // table of mc-eval, per-example table
    {"matrix", fuzz_matrix},       // table of mc-barrier, names
    {"knowledge", fuzz_knowledge}, // per-example table, training dynamics
    {"over", fuzz_over},           // table of pairs or of mc-eval, another or a per-example table
    {"values", fuzz_values},       // numbers, lists of them, lists of examples
    {"options", fuzz_options},     // an argument a line
    {NULL, NULL},
};

const struct fuzz_target *fuzz_find(const char *name) {
    for (const struct fuzz_target *t = fuzz_targets; t->name; t++)
        if (strcmp(t->name, name) == 0) return t;
    return NULL;
}

int fuzz_run(const struct fuzz_target *t, const uint8_t *p, size_t n) {
    struct mc_error e;
    memset(&e, 'x', sizeof e); // nothing may rely on a clean one
    e.code = 0;
    int rc = t->run(p, n, &e);
    if (rc >= 0) return rc;
    FUZZ_CHECK(e.code == rc);
    FUZZ_CHECK(rc != MC_ERR_MEM);
    FUZZ_CHECK(memchr(e.text, 0, sizeof e.text) && *e.text);
    for (const char *s = e.text; *s; s++) FUZZ_CHECK((unsigned char)*s >= 32 && *s != 127);
    return rc;
}

static char dir[FUZZ_PATH / 2];

const char *fuzz_dir(void) { return dir; }

void fuzz_dir_make(void) {
    const char *base = getenv("TMPDIR");
    int n = snprintf(dir, sizeof dir, "%s/mc-fuzz-XXXXXX", base ? base : "/tmp");
    FUZZ_CHECK(n > 0 && (size_t)n < sizeof dir && mkdtemp(dir));
}

static const char *const files[] = {"in",
                                    "in2",
                                    "out",
                                    "copy",
                                    "config.json",
                                    "model.safetensors",
                                    "model.safetensors.index.json",
                                    "shard.safetensors",
                                    "tokenizer.json",
                                    "vocab.txt",
                                    "vocab.json",
                                    "merges.txt",
                                    "spiece.model",
                                    "tokenizer_config.json",
                                    "special_tokens_map.json",
                                    "added_tokens.json",
                                    NULL};

void fuzz_dir_remove(void) {
    char path[FUZZ_PATH];
    for (const char *const *f = files; *f; f++) fuzz_file(path, *f, NULL, 0);
    FUZZ_CHECK(rmdir(dir) == 0); // fails where a target left something half-written
}

const char *fuzz_file(char path[FUZZ_PATH], const char *name, const void *p, size_t n) {
    snprintf(path, FUZZ_PATH, "%s/%s", dir, name);
    if (!p) {
        unlink(path);
        return path;
    }
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f);
    FUZZ_CHECK(n == 0 || fwrite(p, 1, n, f) == n);
    FUZZ_CHECK(fclose(f) == 0);
    return path;
}

bool fuzz_part(const uint8_t *p, size_t n, int k, const uint8_t **part, size_t *n_part) {
    for (;; k--) {
        const uint8_t *end = n ? memchr(p, FUZZ_SEPARATOR, n) : NULL;
        *part = p;
        *n_part = end ? (size_t)(end - p) : n;
        if (k == 0) return true;
        if (!end) return false;
        n -= *n_part + 1;
        p = end + 1;
    }
}
