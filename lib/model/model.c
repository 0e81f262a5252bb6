// A model's life: counted holders, table and weights made from its metadata, labels set, a plan
// built over a view of it.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model_impl.h"
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

struct mc_model *mc_model_new(struct mc_error *e) {
    struct mc_model *m = mc_new(1, sizeof *m, e);
    if (m) m->holders = 1;
    return m;
}

struct mc_model *mc_model_moved(struct mc_model *from, struct mc_error *e) {
    struct mc_model *m = mc_model_new(e);
    if (!m) {
        mc_model_release(from);
        return NULL;
    }
    *m = *from;
    m->holders = 1;
    *from = (struct mc_model){0};
    return m;
}

void mc_model_hold(struct mc_model *m) { m->holders++; }

void mc_model_drop(struct mc_model *m) {
    if (!m || --m->holders > 0) return;
    mc_model_release(m);
    free(m);
}

void mc_model_release(struct mc_model *m) {
    mc_model_drop(m->base);
    mc_doc_release(&m->meta);
    mc_table_release(&m->table);
    release_labels(m);
    mc_free_floats(m->w);
    *m = (struct mc_model){0};
}

int mc_model_table_from_meta(struct mc_model *m, size_t *had, struct mc_error *e) {
    const char *text = mc_doc_get(&m->meta, "mc.config"),
               *labels = mc_doc_get(&m->meta, "mc.labels");
    if (!text)
        return mc_fail(
            e, MC_ERR_INPUT,
            "no mc.config in it: a model of another program? (mc-import reads directories)");
    bool mlm = m->config.mlm;
    MC_TRY(mc_config_parse(&m->config, text, e));
    m->config.mlm = mlm;
    release_labels(m);
    if (labels) MC_TRY(read_labels(m, labels, e));
    mc_model_drop(m->base); // m may have been a delta
    m->base = NULL;
    *had = m->w ? m->table.size : 0;
    mc_table_release(&m->table);
    return m->config.arch->table(&m->config, m->n_labels, &m->table, e);
}

// The lines of a delta's configuration must be those of its base's, whose tensors it uses.
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

int mc_delta_from_meta(struct mc_model *m, struct mc_model *base, struct mc_error *e) {
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

int mc_model_resize(struct mc_model *m, size_t had, struct mc_error *e) {
    if (m->table.size == had) return 0;
    // the head stands last, so that what was there stays in place
    float *w = mc_new_floats(m->table.size, e);
    if (!w) return MC_ERR_MEM;
    if (m->w) memcpy(w, m->w, (had < m->table.size ? had : m->table.size) * sizeof *w);
    mc_free_floats(m->w);
    m->w = w;
    return 0;
}

int mc_delta_alloc(struct mc_model *m, struct mc_error *e) {
    m->w = mc_new_floats(m->table.size, e);
    return m->w ? 0 : MC_ERR_MEM;
}

int mc_model_from_meta(struct mc_model *m, struct mc_error *e) {
    size_t had = 0;
    MC_TRY(mc_model_table_from_meta(m, &had, e));
    return mc_model_resize(m, had, e);
}

int mc_model_init_like(struct mc_model *to, const struct mc_model *from, struct mc_error *e) {
    *to = (struct mc_model){.config = {.mlm = from->config.mlm}};
    MC_TRY(mc_doc_copy_meta(&to->meta, &from->meta, e));
    if (!from->base) return mc_model_from_meta(to, e);
    MC_TRY(mc_delta_from_meta(to, from->base, e));
    MC_TRY(mc_table_copy(&to->table, &from->table, e));
    return mc_delta_alloc(to, e);
}

// Labels of a delta may change their order, not their number: its tensors stay.
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
    MC_TRY_DONE(mc_config_set_labels(&m->config, mc_doc_get(&m->meta, "mc.config"), labels,
                                     n_labels, &b, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.config", b.p, e));
    b.n = 0;
    if (n_labels) MC_TRY_DONE(mc_labels_json(labels, n_labels, &b, e));
    MC_TRY_DONE(mc_doc_set(&m->meta, "mc.labels", n_labels ? b.p : NULL, e));
    rc = m->base ? relabel_delta(m, e) : mc_model_from_meta(m, e);
done:
    mc_buf_release(&b);
    return rc;
}

int mc_model_set_mlm(struct mc_model *m, bool has, struct mc_error *e) {
    struct mc_model was = *m;
    assert(!m->base);
    if (m->config.mlm == has) return 0;
    if (!m->config.arch->mlm)
        return mc_fail(e, MC_ERR_INPUT, "a %s model has no head of a masked language model",
                       m->config.arch->type);
    m->table = (struct mc_table){0};
    m->w = NULL;
    m->config.mlm = has;
    int rc = m->n_labels ? mc_model_from_meta(m, e) : mc_model_set_labels(m, NULL, 0, e);
    for (int i = 0; rc == 0 && i < was.table.n; i++) {
        const struct mc_param *p = &was.table.p[i];
        int k = mc_table_find(&m->table, p->name);
        if (k >= 0 && was.w && m->w)
            memcpy(m->w + m->table.p[k].at, was.w + p->at, p->n * sizeof *m->w);
    }
    mc_table_release(&was.table);
    mc_free_floats(was.w);
    return rc;
}

static bool has_mlm(const struct mc_table *t) {
    int i = 0;
    while (i < t->n && t->p[i].is.block != MC_BLOCK_MLM) i++;
    return i < t->n;
}

static int no_mlm(const struct mc_model *m, struct mc_error *e) {
    if (m->base)
        return mc_fail(e, MC_ERR_INPUT,
                       "the delta's base has no head of a masked language model, which a corpus "
                       "needs: tune over one that has");
    return mc_fail(e, MC_ERR_INPUT,
                   "the model has no head of a masked language model: mc-import and mc-fold "
                   "--keep-heads keep one, mc-pretrain gives it one");
}

int mc_model_plan(const struct mc_model *m, const struct mc_view *v,
                  const struct mc_plan_edit *edit, const struct mc_readout *at,
                  enum mc_plan_use use, double dropout, enum mc_precision precision,
                  struct mc_plan *p, struct mc_error *e) {
    struct mc_config c = m->config;
    bool train = use == MC_TO_TRAIN;
    if (!train) dropout = 0;
    if (dropout >= 0) c.drop_hidden = c.drop_attention = c.drop_classifier = dropout;
    mc_plan_init(p, &v->table);
    if (!at) at = mc_readout_of(m);
    if (at->head && m->n_labels == 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "the model has no head: give it one with mc-import --labels or mc-finetune");
    if (at == &mc_readout_masked && !has_mlm(&v->table)) return no_mlm(m, e);
    p->edit = edit;
    c.arch->plan(&c, at, p);
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

int mc_model_find_label(const struct mc_model *m, const char *name) {
    char *key = (char *)(uintptr_t)name, **at = &key;
    char ***found = m->n_labels ? bsearch(&at, m->by_name, (size_t)m->n_labels, sizeof *m->by_name,
                                          by_label)
                                : NULL;
    return found ? (int)(*found - m->labels) : -1;
}
