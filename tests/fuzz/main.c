// libFuzzer's side: FUZZ_TARGET names the target.
#include <string.h>

#include "fuzz.h"
#include "mutate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed);

static const struct fuzz_target *target;
static size_t (*mutate)(uint8_t *p, size_t n, size_t max, unsigned seed);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    const char *set = getenv("FUZZ_TARGET"), *name = set ? set : "";
    target = fuzz_find(name);
    if (!target) {
        fprintf(stderr, "FUZZ_TARGET must be one of:");
        for (target = fuzz_targets; target->name; target++) fprintf(stderr, " %s", target->name);
        fprintf(stderr, "\n");
        exit(2);
    }
    if (strcmp(name, "stream") == 0) mutate = fuzz_mutate_stream;
    if (strcmp(name, "model") == 0 || strcmp(name, "delta") == 0 || strcmp(name, "tokens") == 0 ||
        strcmp(name, "corpus") == 0 || strcmp(name, "state") == 0)
        mutate = fuzz_mutate_docs;
    fuzz_dir_make();
    atexit(fuzz_dir_remove);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n) {
    fuzz_run(target, p, n);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed) {
    return mutate ? mutate(p, n, max, seed) : LLVMFuzzerMutate(p, n, max);
}
