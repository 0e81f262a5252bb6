// Prefixes between our rows and PEFT's, which gives a T5's layers parts of its own.
#include "peft_prefix.h"

#include <string.h>

int mc_peft_layers(const struct mc_config *c) {
    return c->arch->text_to_text ? c->decoder_layers : c->layers;
}

int mc_peft_part(const struct mc_config *c, int layer, int parts) {
    return c->arch->text_to_text ? 2 * layer % parts : layer;
}

// The table and block of m with rows of so many columns in its prefix.
static int with_columns(const struct mc_model *m, int64_t cols, struct mc_model *out,
                        struct mc_error *e) {
    *out = *m;
    out->table = (struct mc_table){0};
    out->w = NULL;
    for (int i = 0; i < m->table.n; i++) {
        const struct mc_param *p = &m->table.p[i];
        bool prompt = strcmp(p->name, MC_PROMPT) == 0;
        MC_TRY(mc_table_add_shaped(&out->table, p, p->dim[0], prompt ? cols : p->dim[1], e));
    }
    MC_TRY(mc_delta_alloc(out, e));
    for (int i = 0; i < m->table.n; i++)
        if (strcmp(m->table.p[i].name, MC_PROMPT) != 0)
            memcpy(out->w + out->table.p[i].at, m->w + m->table.p[i].at,
                   m->table.p[i].n * sizeof *m->w);
    return 0;
}

// Copies one part of every row.
static void copy_part(const struct mc_model *from, int a, struct mc_model *to, int b, size_t part) {
    const struct mc_param *p = &from->table.p[mc_table_find(&from->table, MC_PROMPT)];
    const struct mc_param *q = &to->table.p[mc_table_find(&to->table, MC_PROMPT)];
    for (size_t row = 0; row < (size_t)p->dim[0]; row++)
        memcpy(to->w + q->at + row * (size_t)q->dim[1] + (size_t)b * part,
               from->w + p->at + row * (size_t)p->dim[1] + (size_t)a * part, part * sizeof *to->w);
}

int mc_peft_spread(const struct mc_model *m, const struct mc_method *h, struct mc_model *out,
                   int *parts, struct mc_error *e) {
    const struct mc_config *c = &m->config;
    const struct mc_param *p = &m->table.p[mc_table_find(&m->table, MC_PROMPT)];
    int layers = mc_peft_layers(c), stored = (int)(p->dim[1] / (2 * c->hidden));
    bool as_is = stored >= layers;
    for (int i = 0; i < layers; i++)
        as_is &= mc_peft_part(c, i, stored) == (h->part ? h->part[i] : i);
    *parts = as_is ? stored : c->arch->text_to_text ? 2 * layers : layers;
    size_t part = 2 * (size_t)c->hidden;
    MC_TRY(with_columns(m, *parts * (int64_t)part, out, e));
    for (int i = 0; i < (as_is ? stored : layers); i++)
        copy_part(m, as_is || !h->part ? i : h->part[i], out,
                  as_is ? i : mc_peft_part(c, i, *parts), part);
    return 0;
}

// Whether every odd part of twice as many as there are layers is zero.
static bool is_spread(const struct mc_model *m, const struct mc_param *p) {
    size_t part = 2 * (size_t)m->config.hidden;
    if (!m->config.arch->text_to_text ||
        p->dim[1] != 2 * mc_peft_layers(&m->config) * (int64_t)part)
        return false;
    for (size_t i = 0; i < p->n; i++)
        if (i / part % 2 == 1 && m->w[p->at + i] != 0) return false;
    return true;
}

int mc_peft_gather(struct mc_model *m, struct mc_error *e) {
    const struct mc_param *p = &m->table.p[mc_table_find(&m->table, MC_PROMPT)];
    if (!is_spread(m, p)) return 0;
    struct mc_model narrow;
    struct mc_buf text = {0};
    struct mc_method h = {.cls = mc_method_find("prefix"), .prefix_len = (int)p->dim[0]};
    int rc = with_columns(m, p->dim[1] / 2, &narrow, e);
    for (int i = 0; rc == 0 && i < mc_peft_layers(&m->config); i++)
        copy_part(m, 2 * i, &narrow, i, 2 * (size_t)m->config.hidden);
    if (rc == 0) rc = mc_method_text(&h, &text, e);
    if (rc == 0) rc = mc_doc_set(&m->meta, "mc.method", text.p, e);
    mc_buf_release(&text);
    struct mc_model *old = rc == 0 ? m : &narrow;
    mc_table_release(&old->table);
    mc_free_floats(old->w);
    if (rc == 0) {
        m->table = narrow.table;
        m->w = narrow.w;
    }
    return rc;
}
