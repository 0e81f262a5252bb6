// Models that were accepted: written and read again they are the same.
#include <string.h>

#include "fuzz.h"
#include "mc/model_stream.h"

bool fuzz_read_back(struct mc_model *m, const char *base, struct mc_model **back) {
    struct mc_error e;
    char path[FUZZ_PATH];
    struct mc_writer *w;
    *back = NULL;
    FUZZ_OK(mc_model_digest(m, &e), &e);
    FUZZ_OK(mc_writer_open(&w, fuzz_file(path, "out", NULL, 0), 0, NULL, &e), &e);
    FUZZ_OK(mc_model_write(m, w, &e), &e);
    FUZZ_OK(mc_writer_close(w, &e), &e);
    const char *role = mc_doc_get(&m->meta, "mc.role");
    bool point = !role || strcmp(role, "point") == 0;
    if (point) {
        FUZZ_OK(mc_model_load(back, path, base, NULL, &e), &e);
        FUZZ_OK(mc_model_digest(*back, &e), &e);
        FUZZ_CHECK(strcmp(m->digest, (*back)->digest) == 0);
    }
    fuzz_file(path, "out", NULL, 0);
    return point;
}
