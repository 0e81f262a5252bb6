// The past of a document in its metadata: mc.provenance, a line for every program it has been
// through, and the keys that place it on a path.
#include <stdlib.h>
#include <string.h>

#include "mc/model.h"

struct line {
    const char *p;
    size_t n;
    bool again;
};

static int by_line(const void *a, const void *b) {
    const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;
    int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    if (d == 0) d = (x->n > y->n) - (x->n < y->n);
    return d ? d : (x > y) - (x < y); // the order they stand in
}

int mc_provenance_unique(const char *text, struct mc_buf *out, struct mc_error *e) {
    size_t n = 0;
    for (const char *p = text; *p; n++) p += strcspn(p, "\n") + (p[strcspn(p, "\n")] != 0);
    struct line *line = mc_new(n, sizeof *line, e);
    struct line **sorted = line ? mc_new(n, sizeof *sorted, e) : NULL;
    int rc = sorted ? mc_buf_reserve(out, 1, e) : MC_ERR_MEM;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        line[i] = (struct line){.p = text, .n = strcspn(text, "\n")};
        text += line[i].n + (text[line[i].n] != 0);
        sorted[i] = &line[i];
    }
    if (rc == 0) qsort(sorted, n, sizeof *sorted, by_line);
    for (size_t i = 1; rc == 0 && i < n; i++)
        sorted[i]->again = sorted[i]->n == sorted[i - 1]->n &&
                           memcmp(sorted[i]->p, sorted[i - 1]->p, sorted[i]->n) == 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (!line[i].again) rc = mc_buf_printf(out, e, "%.*s\n", (int)line[i].n, line[i].p);
    free(line);
    free(sorted);
    return rc;
}

int mc_meta_add_provenance(struct mc_doc *meta, const char *line, struct mc_error *e) {
    struct mc_buf b = {0};
    const char *old = mc_doc_get(meta, "mc.provenance");
    int rc = mc_buf_printf(&b, e, "%s%s\n", old ? old : "", line);
    if (rc == 0) rc = mc_doc_set(meta, "mc.provenance", b.p, e);
    mc_buf_release(&b);
    return rc;
}

int mc_meta_leave_path(struct mc_doc *meta, struct mc_error *e) {
    MC_TRY(mc_doc_set(meta, "mc.t", NULL, e));
    return mc_doc_set(meta, "mc.curve", NULL, e);
}
