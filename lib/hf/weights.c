// A file of weights as named tensors, whatever its format.
#include "weights.h"

#include <string.h>

static bool is_torch(const char *path) {
    size_t n = strlen(path);
    return n >= 4 && strcmp(path + n - 4, ".bin") == 0;
}

int mc_weights_open(struct mc_weights *w, const char *path, struct mc_error *e) {
    *w = (struct mc_weights){0};
    if (is_torch(path)) return mc_torch_open(&w->torch, &w->d, path, e);
    MC_TRY(mc_reader_open(&w->r, path, NULL, e));
    int rc = mc_reader_next(w->r, &w->d, e);
    if (rc == 0) rc = mc_fail_file(e, MC_ERR_INPUT, path, "empty");
    return rc < 0 ? rc : 0;
}

int mc_weights_data(struct mc_weights *w, int i, void *to, struct mc_error *e) {
    if (!w->torch) return mc_reader_data(w->r, to, w->d.tensor[i].bytes, e);
    return to ? mc_torch_data(w->torch, &w->d, i, to, e) : 0;
}

int mc_weights_end(struct mc_weights *w, struct mc_error *e) {
    struct mc_doc more = {0};
    if (w->torch) return 0;
    int rc = mc_reader_next(w->r, &more, e);
    mc_doc_release(&more);
    return rc == 1 ? mc_fail(e, MC_ERR_INPUT,
                             "more than one document (mc-pick takes one out of a stream)")
                   : rc;
}

void mc_weights_close(struct mc_weights *w) {
    mc_reader_close(w->r);
    mc_torch_close(w->torch);
    mc_doc_release(&w->d);
    *w = (struct mc_weights){0};
}
