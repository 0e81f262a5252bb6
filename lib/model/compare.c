// Whether two models are of one network and may be the ends of one path: the first difference in
// the order of enum mc_difference_of, and the words for it.
#include "mc/compare.h"

#include <stdio.h>
#include <string.h>

#include "model_impl.h"

bool mc_meta_same(const struct mc_model *a, const struct mc_model *b, const char *key) {
    const char *x = mc_doc_get(&a->meta, key), *y = mc_doc_get(&b->meta, key);
    return x == y || (x && y && strcmp(x, y) == 0);
}

int mc_model_body_tensors(const struct mc_model *m) {
    int n = m->table.n;
    if (m->config.arch->text_to_text) return n;
    while (n > 0 && mc_param_in_head(&m->table.p[n - 1])) n--;
    return n;
}

// The first of the lines "key=value", sorted by key, that two configurations do not share.
static void describe_configs(const char *a, const char *b, char why[MC_WHY]) {
    for (;;) {
        size_t n = strcspn(a, "\n"), k = strcspn(b, "\n");
        if (n != k || memcmp(a, b, n) != 0) {
            snprintf(why, MC_WHY, "configurations: %.*s and %.*s", (int)n, n ? a : "nothing",
                     (int)k, k ? b : "nothing");
            if (!n || !k)
                snprintf(why, MC_WHY, "configurations: %.*s in one alone", (int)(n ? n : k),
                         n ? a : b);
            return;
        }
        a += n + (a[n] == '\n');
        b += k + (b[k] == '\n');
    }
}

static int differ(struct mc_difference *d, enum mc_difference_of of, const char *text) {
    d->of = of;
    snprintf(d->text, sizeof d->text, "%s", text);
    return 0;
}

int mc_networks_compare(const struct mc_model *a, const struct mc_model *b, struct mc_difference *d,
                        struct mc_error *e) {
    struct mc_buf la = {0}, lb = {0};
    int rc = mc_config_lines(&a->config, &la, e);
    if (rc == 0) rc = mc_config_lines(&b->config, &lb, e);
    const char *ta = mc_doc_get(&a->meta, "mc.tokenizer"),
               *tb = mc_doc_get(&b->meta, "mc.tokenizer");
    *d = (struct mc_difference){.of = MC_SAME};
    bool other_lines = rc == 0 && strcmp(la.p, lb.p) != 0;
    if (rc == 0 && (a->config.arch != b->config.arch || other_lines)) {
        d->of = MC_OTHER_CONFIGS;
        if (a->config.arch != b->config.arch)
            snprintf(d->text, sizeof d->text, "configurations: model_type=%s and model_type=%s",
                     a->config.arch->type, b->config.arch->type);
        else
            describe_configs(la.p, lb.p, d->text);
    } else if (rc == 0 && ta && tb && strcmp(ta, tb) != 0) {
        rc = differ(d, MC_OTHER_TOKENIZERS, "tokenizers");
    } else if (rc == 0 && !a->base != !b->base) {
        rc = differ(d, MC_OTHER_KINDS, "kinds, a complete model and a delta");
    } else if (rc == 0 && a->base && !mc_meta_same(a, b, "mc.base")) {
        rc = differ(d, MC_OTHER_BASES, "bases");
    }
    mc_buf_release(&la);
    mc_buf_release(&lb);
    return rc;
}

static bool same_tensors(const struct mc_model *a, const struct mc_model *b) {
    int n = mc_model_body_tensors(a);
    bool same = n == mc_model_body_tensors(b);
    for (int i = 0; same && a->base && i < n; i++) {
        const struct mc_param *p = &a->table.p[i], *q = &b->table.p[i];
        same = strcmp(p->name, q->name) == 0 && mc_param_same_shape(p, q);
    }
    return same;
}

static int describe_methods(const struct mc_model *a, const struct mc_model *b,
                            struct mc_difference *d, struct mc_error *e) {
    enum { MOST = 320 }; // of a text, whose targets may be many
    const char *ta, *tb;
    char na[MC_PARAM_NAME], nb[MC_PARAM_NAME];
    MC_TRY(mc_delta_method_text(a, &ta, e));
    MC_TRY(mc_delta_method_name(ta, na, e));
    MC_TRY(mc_delta_method_text(b, &tb, e));
    MC_TRY(mc_delta_method_name(tb, nb, e));
    d->of = MC_OTHER_METHODS;
    snprintf(d->text, sizeof d->text, "methods%s: %.*s%s and %.*s%s",
             strcmp(na, nb) == 0 ? ", or the same of other parameters" : "", MOST, ta,
             strlen(ta) > MOST ? "..." : "", MOST, tb, strlen(tb) > MOST ? "..." : "");
    return 0;
}

int mc_models_compare(const struct mc_model *a, const struct mc_model *b, struct mc_difference *d,
                      struct mc_error *e) {
    MC_TRY(mc_networks_compare(a, b, d, e));
    if (d->of != MC_SAME) return 0;
    if (a->base && !mc_meta_same(a, b, "mc.method")) return describe_methods(a, b, d, e);
    if (same_tensors(a, b)) return 0;
    return differ(d, MC_OTHER_TENSORS,
                  a->base ? "tensors, or the same in another order" : "tensors");
}

bool mc_labels_same(const struct mc_model *a, const struct mc_model *b, bool *same_order) {
    *same_order = a->n_labels == b->n_labels;
    if (a->n_labels != b->n_labels) return false;
    for (int i = 0; i < a->n_labels; i++) {
        int j = mc_model_find_label(b, a->labels[i]);
        if (j < 0) return false;
        *same_order &= i == j;
    }
    return true;
}
