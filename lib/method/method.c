// What is alike in all tuning methods: parameters to and from mc.method, new deltas, the method's
// tensors looked up in a view and put into a plan, folding. What differs is the method's class.
#include "mc/method.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/json.h"

const char *mc_method_choices(char out[MC_METHOD_CHOICES]) {
    size_t n = (size_t)snprintf(out, MC_METHOD_CHOICES, "full");
    for (int i = 0; mc_methods[i] && n < MC_METHOD_CHOICES; i++)
        n += (size_t)snprintf(out + n, MC_METHOD_CHOICES - n, "|%s", mc_methods[i]->name);
    assert(n < MC_METHOD_CHOICES); // the table is ours
    return out;
}

const struct mc_method_class *mc_method_find(const char *name) {
    for (int i = 0; mc_methods[i]; i++)
        if (strcmp(mc_methods[i]->name, name) == 0) return mc_methods[i];
    return NULL;
}

void mc_method_release(struct mc_method *h) {
    for (int i = 0; i < h->n_targets; i++) free(h->targets[i]);
    for (int i = 0; i < h->n_ranks; i++) free(h->ranks[i].layer);
    free(h->targets);
    free(h->part);
    free(h->ranks);
    free(h->own);
    free(h->text);
    free(h->down);
    free(h->up);
    *h = (struct mc_method){0};
}

int mc_method_alloc_own(struct mc_method *h, struct mc_error *e) {
    if (h->own || !h->cls->own_size) return 0;
    return (h->own = mc_new(1, h->cls->own_size, e)) ? 0 : MC_ERR_MEM;
}

// --- from and to metadata

static int parse(struct mc_method *h, const char *text, struct mc_error *e) {
    json_error_t je;
    json_t *o;
    if (mc_json_load(&o, text, strlen(text), JSON_REJECT_DUPLICATES, MC_JSON_CONFIG, &je, e) < 0)
        return mc_fail_in(e, "mc.method");
    const char *name = json_string_value(json_object_get(o, "name"));
    h->cls = name ? mc_method_find(name) : NULL;
    int rc;
    if (!h->cls)
        rc = mc_fail(e, MC_ERR_INPUT, "mc.method: '%s' is no method of a delta",
                     name ? name : text);
    else if ((rc = mc_method_alloc_own(h, e)) == 0 && h->cls->read)
        rc = h->cls->read(h, o, e);
    json_decref(o);
    return rc;
}

int mc_method_of(struct mc_method *h, const struct mc_model *m, struct mc_error *e) {
    *h = (struct mc_method){0};
    if (!m->base) return 0;
    const char *text;
    MC_TRY(mc_delta_method_text(m, &text, e));
    int rc = parse(h, text, e);
    if (rc == 0 && !(h->text = mc_strdup(text, e))) rc = MC_ERR_MEM;
    if (rc < 0) mc_method_release(h);
    return rc;
}

int mc_method_text(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, "{\"name\":\"%s\"", h->cls->name));
    if (h->cls->write) MC_TRY(h->cls->write(h, out, e));
    return mc_buf_add(out, "}", 1, e);
}

bool mc_method_is(const struct mc_method *h, const struct mc_model *m) {
    const char *text = m->base ? mc_doc_get(&m->meta, "mc.method") : NULL;
    return text ? h->text && strcmp(text, h->text) == 0 : !h->text;
}

// --- new deltas

// Appends the head's tensors: every method trains them. A text-to-text model's stay the base's.
static int add_head(struct mc_method *h, struct mc_model *d, const struct mc_table *whole,
                    struct mc_error *e) {
    for (int i = 0; i < whole->n && !d->config.arch->text_to_text; i++) {
        const struct mc_param *p = &whole->p[i];
        if (!mc_param_in_head(p)) continue;
        d->table.std = p->init_scale;
        MC_TRY(mc_table_add(&d->table, &p->is, p->dim[0], p->rank == 2 ? p->dim[1] : 0, e, "%s%s",
                            h->cls->before_head ? h->cls->before_head : "", p->name));
    }
    return 0;
}

// A tensor with a name of the base's begins as it is there, but for a new head; the others are
// drawn.
static void set_weights(const struct mc_method *h, struct mc_model *d, bool new_head,
                        uint64_t seed) {
    for (int i = 0; i < d->table.n; i++) {
        const struct mc_param *p = &d->table.p[i];
        const char *plain = mc_delta_plain_name(p->name);
        int b = mc_table_find(&d->base->table, plain);
        bool head = mc_param_in_head(p);
        if (head && (new_head || b < 0))
            mc_model_draw_as(d, i, plain, seed);
        else if (b >= 0)
            memcpy(d->w + p->at, d->base->w + d->base->table.p[b].at, p->n * sizeof *d->w);
        else if (h->cls->draw)
            h->cls->draw(h, p, d->w + p->at, seed);
    }
}

int mc_method_init_delta(struct mc_method *h, struct mc_model *delta, struct mc_model *base,
                         char *const *labels, int n_labels, bool new_head, uint64_t seed,
                         struct mc_error *e) {
    struct mc_buf text = {0};
    struct mc_table whole = {0};
    int rc = mc_method_alloc_own(h, e);
    if (rc == 0 && h->cls->defaults) rc = h->cls->defaults(h, base, e);
    if (rc == 0) rc = mc_method_text(h, &text, e);
    if (rc == 0) rc = mc_delta_init(delta, base, labels, n_labels, text.p, e);
    if (rc == 0) rc = h->cls->table(h, delta, e);
    if (rc == 0) rc = base->config.arch->table(&delta->config, n_labels, &whole, e);
    if (rc == 0) rc = add_head(h, delta, &whole, e);
    if (rc == 0) rc = mc_delta_alloc(delta, e);
    if (rc == 0) set_weights(h, delta, new_head, seed);
    if (rc == 0) rc = mc_model_digest(delta, e);
    mc_table_release(&whole);
    mc_buf_release(&text);
    return rc;
}

// --- plans

static mc_val linear(void *ctx, struct mc_plan *p, mc_val x, mc_val y, int weight) {
    const struct mc_method *h = ctx;
    if (h->down[weight] < 0) return y;
    return h->cls->linear(h, p, x, y, h->down[weight], h->up[weight]);
}

static int prefix(void *ctx, int layer, int width, int *at) {
    const struct mc_method *h = ctx;
    *at = h->cls->prefix(h, layer, width);
    return h->tensor;
}

// Whether a delta must have tensors beside row i of the view, where the method names any. Beside
// the head's layers it may: PEFT's deltas do.
static bool needs_both(const struct mc_method *h, const struct mc_view *v, int i) {
    const struct mc_param *p = &v->table.p[i];
    if (i >= v->n_arch || !mc_param_is_linear(p) || mc_param_in_head(p)) return false;
    return !h->cls->stores_instead || v->stored[i] < 0;
}

// Sets down and up of row i of the view.
static int look_up_layer(struct mc_method *h, const struct mc_view *v, int i, bool *used,
                         struct mc_error *e) {
    const struct mc_param *p = v->table.p;
    char down[MC_PARAM_NAME], up[MC_PARAM_NAME];
    h->down[i] = h->up[i] = -1;
    if (!h->cls->names || !h->cls->names(h, &p[i], down, up)) return 0;
    int a = mc_table_find(&v->table, down), b = mc_table_find(&v->table, up);
    if (a < 0 && b < 0 && !needs_both(h, v, i)) return 0;
    if (a < 0 || b < 0)
        return mc_fail(e, MC_ERR_INPUT, "the delta has no tensor %s", a < 0 ? down : up);
    if (h->cls->check_pair) MC_TRY(h->cls->check_pair(h, &p[i], &p[a], &p[b], e));
    h->down[i] = a;
    h->up[i] = b;
    used[a] = used[b] = true;
    return 0;
}

// A rank of mc.method must be that of a layer with tensors beside it.
static int check_ranks(const struct mc_method *h, const struct mc_view *v, struct mc_error *e) {
    for (int k = 0; k < h->n_ranks; k++) {
        char name[MC_PARAM_NAME] = "";
        const char *layer = h->ranks[k].layer;
        if (strlen(layer) < sizeof name - strlen(".weight"))
            snprintf(name, sizeof name, "%s.weight", layer);
        int i = mc_table_find(&v->table, name);
        if (i < 0 || h->down[i] < 0)
            return mc_fail(e, MC_ERR_INPUT, "mc.method: maps: the delta has nothing beside '%s'",
                           layer);
    }
    return 0;
}

// Sets the slot of the class's tensor that stands beside no layer.
static int look_up_tensor(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                          bool *used, struct mc_error *e) {
    h->tensor = -1;
    if (!h->cls->tensor) return 0;
    h->tensor = mc_table_find(&v->table, h->cls->tensor);
    if (h->tensor < 0)
        return mc_fail(e, MC_ERR_INPUT, "the delta has no tensor %s", h->cls->tensor);
    used[h->tensor] = true;
    return h->cls->check_tensor(h, m, &v->table.p[h->tensor], e);
}

int mc_method_look_up(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                      struct mc_error *e) {
    assert(h->cls); // a delta's method
    size_t n = (size_t)v->table.n;
    free(h->down);
    free(h->up);
    h->down = mc_new(n, sizeof *h->down, e);
    h->up = mc_new(n, sizeof *h->up, e);
    bool *used = mc_new(n, sizeof *used, e);
    int rc = h->down && h->up && used ? 0 : MC_ERR_MEM;
    if (rc == 0) rc = look_up_tensor(h, m, v, used, e);
    for (int i = 0; rc == 0 && i < v->table.n; i++) rc = look_up_layer(h, v, i, used, e);
    if (rc == 0) rc = check_ranks(h, v, e);
    for (int i = v->n_arch; rc == 0 && i < v->table.n; i++)
        if (!used[i] && v->stored[i] >= 0)
            rc = mc_fail(e, MC_ERR_INPUT, "tensor %s is none of a %s delta's", v->table.p[i].name,
                         h->cls->name);
    free(used);
    return rc;
}

int mc_method_plan(struct mc_method *h, const struct mc_model *m, const struct mc_view *v,
                   const struct mc_readout *at, enum mc_plan_use use, double dropout,
                   enum mc_precision precision, struct mc_plan *p, struct mc_error *e) {
    const struct mc_plan_edit *edit = NULL;
    if (h->cls) {
        MC_TRY(mc_method_look_up(h, m, v, e));
        h->edit = (struct mc_plan_edit){h, h->cls->linear ? linear : NULL,
                                        h->cls->prefix ? prefix : NULL};
        edit = &h->edit;
    }
    MC_TRY(mc_model_plan(m, v, edit, at, use, dropout, precision, p, e));
    mc_plan_shift_positions(p, h->prefix_len);
    p->edit = NULL;
    return 0;
}

int mc_method_check(const struct mc_model *delta, struct mc_error *e) {
    struct mc_method h;
    struct mc_view v = {0};
    MC_TRY(mc_method_of(&h, delta, e));
    int rc = mc_view_init(&v, delta, e);
    if (rc == 0 && h.cls) rc = mc_method_look_up(&h, delta, &v, e);
    mc_view_release(&v);
    mc_method_release(&h);
    return rc;
}

// --- folding

static int fold_into(const struct mc_method *h, const struct mc_view *v, struct mc_model *out,
                     struct mc_error *e) {
    assert(h->cls);
    for (int i = 0; i < out->table.n; i++) {
        const struct mc_param *p = &out->table.p[i];
        int k = mc_table_find(&v->table, p->name);
        if (k < 0) return mc_fail(e, MC_ERR_INPUT, "tensor %s is missing", p->name);
        float *w = out->w + p->at;
        memcpy(w, v->w[k], p->n * sizeof *w);
        if (h->cls->fold && h->down[k] >= 0)
            h->cls->fold(h, p, &v->table.p[h->down[k]], v->w[h->down[k]], v->w[h->up[k]], w);
    }
    return 0;
}

int mc_method_fold(struct mc_model **whole, const struct mc_model *delta, bool keep_mlm,
                   struct mc_error *e) {
    struct mc_method h;
    struct mc_view v = {0};
    *whole = NULL;
    MC_TRY(mc_method_of(&h, delta, e));
    struct mc_model *out = mc_model_new(e);
    int rc = out ? 0 : MC_ERR_MEM;
    if (rc == 0 && !h.cls)
        rc = mc_fail(e, MC_ERR_INPUT, "a complete model: there is nothing to fold");
    else if (rc == 0 && h.cls->unfoldable)
        rc = mc_fail(e, MC_ERR_INPUT, "a delta of method %s cannot be folded: %s", h.cls->name,
                     h.cls->unfoldable);
    if (rc == 0) rc = mc_view_init(&v, delta, e);
    if (rc == 0 && keep_mlm) rc = mc_view_add_mlm(&v, delta, e);
    if (rc == 0) rc = mc_method_look_up(&h, delta, &v, e);
    if (rc == 0) out->config.mlm = keep_mlm && delta->base->config.mlm;
    if (rc == 0) rc = mc_doc_copy_meta(&out->meta, &delta->meta, e);
    if (rc == 0) rc = mc_doc_set(&out->meta, "mc.kind", "model", e);
    if (rc == 0) rc = mc_doc_set(&out->meta, "mc.base", NULL, e);
    if (rc == 0) rc = mc_doc_set(&out->meta, "mc.method", NULL, e);
    if (rc == 0) rc = mc_meta_leave_path(&out->meta, e);
    if (rc == 0) rc = mc_model_from_meta(out, e);
    if (rc == 0) rc = fold_into(&h, &v, out, e);
    mc_view_release(&v);
    mc_method_release(&h);
    if (rc == 0)
        *whole = out;
    else
        mc_model_drop(out);
    return rc;
}

const char *mc_method_whole_by(const struct mc_doc *delta) {
    struct mc_method h = {0};
    struct mc_error e = {0};
    const char *text = mc_doc_get(delta, "mc.method");
    bool folds = text && parse(&h, text, &e) == 0 && h.cls && !h.cls->unfoldable;
    mc_method_release(&h);
    return folds ? " (mc-fold --keep-heads makes one)" : "";
}
