// A model's life: shape from its configuration and labels, weights drawn or perturbed, digest,
// provenance, plan.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "mc/rng.h"
#include "mc/tokens.h"

static void release_labels(struct mc_model *m) {
    mc_labels_free(m->labels, m->n_labels);
    free(m->by_name);
    m->labels = NULL;
    m->by_name = NULL;
    m->n_labels = 0;
}

static int by_label(const void *a, const void *b) {
    return strcmp(**(char **const *)a, **(char **const *)b);
}

static int read_labels(struct mc_model *m, const char *json, struct mc_error *e) {
    MC_TRY(mc_labels_parse(json, &m->labels, &m->n_labels, e));
    m->by_name = mc_new((size_t)m->n_labels, sizeof *m->by_name, e);
    if (!m->by_name) return MC_ERR_MEM;
    for (int i = 0; i < m->n_labels; i++) m->by_name[i] = &m->labels[i];
    qsort(m->by_name, (size_t)m->n_labels, sizeof *m->by_name, by_label);
    return 0;
}

void mc_model_release(struct mc_model *m) {
    mc_model_drop(m->base);
    mc_doc_release(&m->meta);
    mc_table_release(&m->table);
    release_labels(m);
    mc_free_floats(m->w);
    *m = (struct mc_model){0};
}

int mc_model_describe(struct mc_model *m, size_t *had, struct mc_error *e) {
    const char *text = mc_doc_get(&m->meta, "mc.config"),
               *labels = mc_doc_get(&m->meta, "mc.labels");
    if (!text)
        return mc_fail(
            e, MC_ERR_INPUT,
            "no mc.config in it: a model of another program? (mc-import reads directories)");
    MC_TRY(mc_config_parse(&m->config, text, e));
    release_labels(m);
    if (labels) MC_TRY(read_labels(m, labels, e));
    mc_model_drop(m->base); // it was a delta
    m->base = NULL;
    *had = m->w ? m->table.size : 0;
    mc_table_release(&m->table);
    return m->config.arch->table(&m->config, m->n_labels, &m->table, e);
}

// Over tensors of the base a delta cannot compute another function than the base does.
static int check_lines(const struct mc_config *c, const struct mc_config *base,
                       struct mc_error *e) {
    struct mc_buf a = {0}, b = {0};
    int rc = mc_config_lines(c, &a, e);
    if (rc == 0) rc = mc_config_lines(base, &b, e);
    size_t i = 0;
    if (rc == 0 && strcmp(a.p, b.p) != 0) {
        for (size_t k = 0; a.p[k] == b.p[k]; k++) // to the first line that differs
            if (a.p[k] == '\n') i = k + 1;
        rc = mc_fail(e, MC_ERR_INPUT, "the delta's mc.config has %.*s, its base's %.*s",
                     (int)strcspn(a.p + i, "\n"), a.p + i, (int)strcspn(b.p + i, "\n"), b.p + i);
    }
    mc_buf_release(&a);
    mc_buf_release(&b);
    return rc;
}

int mc_model_describe_delta(struct mc_model *m, struct mc_model *base, struct mc_error *e) {
    if (!mc_doc_get(&m->meta, "mc.config"))
        MC_TRY(mc_doc_set(&m->meta, "mc.config", mc_doc_get(&base->meta, "mc.config"), e));
    const char *text = mc_doc_get(&m->meta, "mc.config"),
               *labels = mc_doc_get(&m->meta, "mc.labels");
    MC_TRY(mc_config_parse(&m->config, text, e));
    MC_TRY(check_lines(&m->config, &base->config, e));
    release_labels(m);
    if (labels) MC_TRY(read_labels(m, labels, e));
    mc_model_hold(base);
    mc_model_drop(m->base);
    m->base = base;
    mc_table_release(&m->table);
    mc_free_floats(m->w);
    m->w = NULL;
    return 0;
}

int mc_model_room(struct mc_model *m, size_t had, struct mc_error *e) {
    if (m->table.size == had) return 0;
    // the head stands last, so that what was there stays in place
    float *w = mc_new_floats(m->table.size, e);
    if (!w) return MC_ERR_MEM;
    if (m->w) memcpy(w, m->w, (had < m->table.size ? had : m->table.size) * sizeof *w);
    mc_free_floats(m->w);
    m->w = w;
    return 0;
}

int mc_model_shape(struct mc_model *m, struct mc_error *e) {
    size_t had = 0;
    MC_TRY(mc_model_describe(m, &had, e));
    return mc_model_room(m, had, e);
}

int mc_model_like(struct mc_model *to, const struct mc_model *from, struct mc_error *e) {
    *to = (struct mc_model){0};
    MC_TRY(mc_doc_copy_meta(&to->meta, &from->meta, e));
    if (!from->base) return mc_model_shape(to, e);
    MC_TRY(mc_model_describe_delta(to, from->base, e));
    MC_TRY(mc_table_copy(&to->table, &from->table, e));
    return mc_delta_room(to, e);
}

// A delta keeps its tensors: the same labels in another order.
static int relabel_delta(struct mc_model *m, struct mc_error *e) {
    const char *labels = mc_doc_get(&m->meta, "mc.labels");
    MC_TRY(mc_config_parse(&m->config, mc_doc_get(&m->meta, "mc.config"), e));
    release_labels(m);
    return labels ? read_labels(m, labels, e) : 0;
}

int mc_model_set_labels(struct mc_model *m, char *const *labels, int n_labels, struct mc_error *e) {
    struct mc_buf b = {0};
    int rc;
    if (n_labels && m->config.arch->text_to_text)
        return mc_fail(e, MC_ERR_INPUT,
                       "a text-to-text model has no labels: they are the token set's");
    MC_TRY_DONE(
        mc_config_fit(&m->config, mc_doc_get(&m->meta, "mc.config"), labels, n_labels, &b, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.config", b.p, e));
    b.n = 0;
    if (n_labels) MC_TRY_DONE(mc_labels_json(labels, n_labels, &b, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.labels", n_labels ? b.p : NULL, e));
    rc = m->base ? relabel_delta(m, e) : mc_model_shape(m, e);
done:
    mc_buf_release(&b);
    return rc;
}

static void draw_by(struct mc_model *m, int i, const char *name, uint64_t seed, double std) {
    const struct mc_param *p = &m->table.p[i];
    float *w = m->w + p->at;
    struct mc_rng r;
    if (std < 0) std = p->init_scale;
    mc_rng_init_named(&r, seed, MC_RNG_INIT, name);
    for (size_t k = 0; k < p->n; k++)
        w[k] = p->init == MC_INIT_NORMAL ? (float)(std * mc_rng_normal(&r))
               : p->init == MC_INIT_ONE  ? (float)p->init_scale
                                         : 0;
    if (p->pad_row >= 0) memset(w + p->pad_row * p->dim[1], 0, (size_t)p->dim[1] * sizeof *w);
}

void mc_model_draw(struct mc_model *m, int i, uint64_t seed, double std) {
    draw_by(m, i, m->table.p[i].name, seed, std);
}

void mc_model_draw_as(struct mc_model *m, int i, const char *name, uint64_t seed) {
    draw_by(m, i, name, seed, -1);
}

void mc_model_draw_head(struct mc_model *m, uint64_t seed) {
    for (int i = 0; i < m->table.n; i++)
        if (mc_in_head(m->config.arch, m->table.p[i].name)) mc_model_draw(m, i, seed, -1);
}

void mc_model_perturb(struct mc_model *m, uint64_t seed, double sd) {
    for (int i = 0; i < m->table.n; i++) {
        const struct mc_param *p = &m->table.p[i];
        struct mc_rng r;
        mc_rng_init_named(&r, seed, MC_RNG_PERTURB, p->name);
        for (size_t k = 0; k < p->n; k++) m->w[p->at + k] += (float)(sd * mc_rng_normal(&r));
    }
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(const struct mc_param *const *)a)->name,
                  (*(const struct mc_param *const *)b)->name);
}

int mc_model_digest(struct mc_model *m, struct mc_error *e) {
    const struct mc_param **p = mc_new((size_t)m->table.n, sizeof *p, e);
    struct mc_digest *g = mc_digest_new(e);
    struct mc_buf lines = {0};
    int rc = p && g ? mc_config_lines(&m->config, &lines, e) : MC_ERR_MEM;
    for (int i = 0; p && i < m->table.n; i++) p[i] = &m->table.p[i];
    if (p) qsort(p, (size_t)m->table.n, sizeof *p, by_name);
    for (int i = 0; rc == 0 && i < m->table.n; i++) {
        struct mc_tensor t = {.name = (char *)(uintptr_t)p[i]->name,
                              .dtype = MC_F32,
                              .rank = p[i]->rank,
                              .dim = {(uint64_t)p[i]->dim[0], (uint64_t)p[i]->dim[1]}};
        mc_digest_tensor(g, &t);
        mc_digest_data(g, m->w + p[i]->at, p[i]->n * sizeof(float));
    }
    if (rc == 0) rc = mc_delta_lines(&m->meta, &lines, e);
    if (rc == 0) mc_digest_data(g, lines.p, lines.n);
    if (g) mc_digest_end(g, m->digest);
    mc_buf_release(&lines);
    free(p);
    return rc;
}

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

int mc_provenance_once(const char *text, struct mc_buf *out, struct mc_error *e) {
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

int mc_meta_provenance(struct mc_doc *meta, const char *line, struct mc_error *e) {
    struct mc_buf b = {0};
    const char *old = mc_doc_get(meta, "mc.provenance");
    int rc = mc_buf_printf(&b, e, "%s%s\n", old ? old : "", line);
    if (rc == 0) rc = mc_doc_set(meta, "mc.provenance", b.p, e);
    mc_buf_release(&b);
    return rc;
}

int mc_model_plan(const struct mc_model *m, const struct mc_view *v,
                  const struct mc_plan_edit *edit, enum mc_plan_use use, double dropout,
                  enum mc_precision precision, struct mc_plan *p, struct mc_error *e) {
    struct mc_config c = m->config;
    bool train = use == MC_TO_TRAIN;
    if (!train) dropout = 0;
    if (dropout >= 0) c.drop_hidden = c.drop_attention = c.drop_classifier = dropout;
    mc_plan_init(p, &v->table);
    if (m->n_labels == 0 && !c.arch->text_to_text)
        return mc_fail(e, MC_ERR_INPUT,
                       "the model has no head: give it one with mc-import --labels or mc-finetune");
    p->edit = edit;
    c.arch->plan(m, &c, p);
    p->stepwise = use == MC_TO_DECODE;
    bool *trains = mc_new((size_t)v->table.n, sizeof *trains, e);
    if (!trains) return MC_ERR_MEM;
    for (int i = 0; i < v->table.n; i++) trains[i] = v->stored[i] >= 0;
    int rc = mc_plan_compile(p, train ? trains : NULL, precision, e);
    free(trains);
    return rc;
}

int mc_model_max_len(const struct mc_model *m) {
    int prefix = mc_table_find(&m->table, MC_PROMPT);
    return m->config.arch->max_len(&m->config) - (prefix < 0 ? 0 : (int)m->table.p[prefix].dim[0]);
}

int mc_model_label(const struct mc_model *m, const char *name) {
    char *key = (char *)(uintptr_t)name, **at = &key;
    char ***found = m->n_labels ? bsearch(&at, m->by_name, (size_t)m->n_labels, sizeof *m->by_name,
                                          by_label)
                                : NULL;
    return found ? (int)(*found - m->labels) : -1;
}
