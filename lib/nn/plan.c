// Building a plan, an operation at a time, and compiling it. Builders append operations and values
// and check shapes; compiling finds which values need a gradient and from which step of the
// schedule, forward then backward, to which each array lives.
#include "mc/plan.h"

#include <math.h>
#include <stdlib.h>

#include "op.h"

void mc_plan_init(struct mc_plan *p, const struct mc_table *t) {
    *p = (struct mc_plan){.table = t, .loss_op = -1, .pad_id = -1, .end_id = -1};
}

void mc_plan_release(struct mc_plan *p) {
    free(p->trainable);
    free(p->value);
    free(p->op);
    free(p->buf);
    free(p->small_at);
    *p = (struct mc_plan){0};
}

// --- builders

static void *grow(void *a, int n, int *cap, size_t size, struct mc_error *e) {
    if (n < *cap) return a;
    int c = *cap ? 2 * *cap : 32;
    void *b = mc_resize(a, (size_t)c, size, e);
    if (b) *cap = c;
    return b;
}

static mc_val new_value(struct mc_plan *p, int space, int cols) {
    void *a = grow(p->value, p->n_values, &p->cap_values, sizeof *p->value, &p->error);
    if (!a) return MC_ERR_MEM;
    p->value = a;
    p->value[p->n_values] = (struct mc_value){.space = space, .cols = cols};
    return p->n_values++;
}

static struct mc_op *new_op(struct mc_plan *p, const struct mc_op_class *cls) {
    if (p->error.code < 0) return NULL;
    void *a = grow(p->op, p->n_ops, &p->cap_ops, sizeof *p->op, &p->error);
    if (!a) return NULL;
    p->op = a;
    p->op[p->n_ops] = (struct mc_op){
        .cls = cls, .in = {-1, -1, -1}, .out = -1, .keep = {-1, -1, -1}, .par = {-1, -1, -1, -1}};
    return &p->op[p->n_ops++];
}

static const struct mc_param *param(const struct mc_plan *p, int slot) {
    return &p->table->p[slot];
}

// Notes an error of `what` and the tensor of a slot, where there is none yet, unless ok.
static bool require(struct mc_plan *p, bool ok, const char *what, int slot) {
    if (!ok && p->error.code == 0)
        mc_fail(&p->error, MC_ERR_INPUT, "%s does not fit tensor %s", what,
                slot < 0 ? "?" : param(p, slot)->name);
    return ok;
}

static void set_drop(struct mc_plan *p, struct mc_op *o, float drop_p) {
    o->drop_p = fminf(drop_p, nextafterf(1, 0)); // a double below 1 may be 1 as a float
    o->site = p->n_sites++; // counted at p = 0 too: a rate does not move the other places
}

// A value that holds the dropout masks of v's rows, as bits.
static mc_val new_masks(struct mc_plan *p, struct mc_value v, float drop_p) {
    return drop_p > 0 ? new_value(p, v.space, MC_DROP_WORDS(v.cols)) : -1;
}

mc_val mc_plan_embed(struct mc_plan *p, int cols, const int slot[MC_FEEDS]) {
    struct mc_op *o = new_op(p, &mc_op_embed);
    if (!o) return -1;
    int space = MC_SPACE_TOKENS;
    for (int i = 0; i < MC_FEEDS; i++) {
        o->par[i] = slot[i];
        if (slot[i] < 0) continue;
        space = mc_feed_space(i);
        if (!require(p, param(p, slot[i])->dim[1] == cols, "an embedding", slot[i])) return -1;
    }
    return o->out = new_value(p, space, cols);
}

void mc_plan_pad_positions(struct mc_plan *p, int pad_id) { p->pad_id = pad_id; }

void mc_plan_shift_positions(struct mc_plan *p, int by) { p->shift = by; }

void mc_plan_positions(const struct mc_plan *p, const int32_t *ids, int n, int32_t *position) {
    int32_t next = p->pad_id + 1 + p->shift;
    for (int i = 0; i < n; i++)
        position[i] = p->pad_id >= 0 && ids[i] == p->pad_id ? p->pad_id : next++;
}

mc_val mc_plan_linear(struct mc_plan *p, mc_val x, int weight, int bias) {
    struct mc_op *o = new_op(p, &mc_op_linear);
    if (!o) return -1;
    if (weight >= p->table->n)
        return mc_fail(&p->error, MC_ERR_INPUT, "the model lacks the outputs that it is read by");
    const struct mc_param *w = param(p, weight);
    if (!require(p, w->rank == 2 && w->dim[1] == p->value[x].cols, "a linear map", weight))
        return -1;
    o->in[0] = x;
    o->par[0] = weight;
    o->par[1] = bias;
    mc_val y = o->out = new_value(p, p->value[x].space, (int)w->dim[0]);
    if (!p->edit || !p->edit->linear || y < 0) return y;
    return p->edit->linear(p->edit->ctx, p, x, y, weight);
}

mc_val mc_plan_scale(struct mc_plan *p, mc_val x, float scale) {
    struct mc_op *o = new_op(p, &mc_op_scale);
    if (!o) return -1;
    o->in[0] = x;
    o->scale = scale;
    return o->out = new_value(p, p->value[x].space, p->value[x].cols);
}

mc_val mc_plan_act(struct mc_plan *p, mc_val x, int bias, enum mc_act act) {
    struct mc_op *o = new_op(p, &mc_op_act);
    if (!o) return -1;
    o->in[0] = x;
    o->par[0] = bias;
    o->act = act;
    return o->out = new_value(p, p->value[x].space, p->value[x].cols);
}

mc_val mc_plan_norm(struct mc_plan *p, mc_val a, mc_val r, int gamma, int beta, float eps,
                    float drop_p) {
    struct mc_op *o = new_op(p, &mc_op_norm);
    if (!o) return -1;
    struct mc_value v = p->value[a];
    if (!require(p, param(p, gamma)->dim[0] == v.cols, "a norm", gamma)) return -1;
    o->in[0] = a;
    o->in[1] = r;
    o->par[0] = gamma;
    o->par[1] = beta;
    o->eps = eps;
    set_drop(p, o, drop_p);
    o->keep[0] = new_value(p, v.space, v.cols);
    o->keep[1] = new_value(p, v.space, 1);
    o->keep[2] = new_masks(p, v, drop_p);
    return o->out = new_value(p, v.space, v.cols);
}

mc_val mc_plan_rms(struct mc_plan *p, mc_val x, int gamma, float eps, float scale) {
    struct mc_op *o = new_op(p, &mc_op_rms);
    if (!o) return -1;
    struct mc_value v = p->value[x];
    if (!require(p, param(p, gamma)->dim[0] == v.cols, "a norm", gamma)) return -1;
    o->in[0] = x;
    o->par[0] = gamma;
    o->eps = eps;
    o->scale = scale;
    o->keep[0] = new_value(p, v.space, 1);
    return o->out = new_value(p, v.space, v.cols);
}

mc_val mc_plan_add(struct mc_plan *p, mc_val a, mc_val r, float drop_p) {
    struct mc_op *o = new_op(p, &mc_op_add);
    if (!o) return -1;
    struct mc_value v = p->value[a];
    if (!require(p, v.space == p->value[r].space && v.cols == p->value[r].cols, "a sum", -1))
        return -1;
    o->in[0] = a;
    o->in[1] = r;
    set_drop(p, o, drop_p);
    o->keep[0] = new_masks(p, v, drop_p);
    return o->out = new_value(p, v.space, v.cols);
}

mc_val mc_plan_gate(struct mc_plan *p, mc_val a, mc_val b, enum mc_act act) {
    struct mc_op *o = new_op(p, &mc_op_gate);
    if (!o) return -1;
    if (!require(p, p->value[a].cols == p->value[b].cols, "a gate", -1)) return -1;
    o->in[0] = a;
    o->in[1] = b;
    o->act = act;
    return o->out = new_value(p, p->value[a].space, p->value[a].cols);
}

mc_val mc_plan_dropout(struct mc_plan *p, mc_val x, float drop_p) {
    if (!(drop_p > 0)) {
        p->n_sites++;
        return x;
    }
    struct mc_op *o = new_op(p, &mc_op_dropout);
    if (!o) return -1;
    o->in[0] = x;
    set_drop(p, o, drop_p);
    o->keep[0] = new_masks(p, p->value[x], drop_p);
    return o->out = new_value(p, p->value[x].space, p->value[x].cols);
}

mc_val mc_plan_first(struct mc_plan *p, mc_val x) {
    struct mc_op *o = new_op(p, &mc_op_first);
    if (!o) return -1;
    o->in[0] = x;
    return o->out = new_value(p, MC_SPACE_FIRST, p->value[x].cols);
}

mc_val mc_plan_rows(struct mc_plan *p, mc_val x, enum mc_space_id space) {
    if (space == MC_SPACE_FIRST) return mc_plan_first(p, x);
    if (space == MC_SPACE_TOKENS) return x;
    struct mc_op *o = new_op(p, &mc_op_chosen);
    if (!o) return -1;
    if (!require(p, space == MC_SPACE_CHOSEN, "a choice of rows of another space", -1)) return -1;
    o->in[0] = x;
    return o->out = new_value(p, space, p->value[x].cols);
}

// The part of a method's prefix that belongs to this attention.
static bool add_prefix(struct mc_plan *p, struct mc_op *o, int layer, int width) {
    if (!p->edit || !p->edit->prefix || layer < 0) return true;
    int slot = p->edit->prefix(p->edit->ctx, layer, width, &o->prefix_at);
    if (slot < 0) return true;
    const struct mc_param *t = param(p, slot);
    bool wide = t->rank == 2 && t->dim[1] >= o->prefix_at + 2 * (int64_t)width;
    if (!require(p, wide, "a prefix", slot)) return false;
    o->par[1] = slot;
    if (t->dim[0] > p->max_prefix) p->max_prefix = (int)t->dim[0];
    return true;
}

mc_val mc_plan_attend(struct mc_plan *p, mc_val q, mc_val k, mc_val v,
                      const struct mc_attention *how) {
    struct mc_op *o = new_op(p, &mc_op_attend);
    if (!o) return -1;
    struct mc_value vq = p->value[q];
    int width = p->value[k].cols, heads = how->heads;
    if (vq.cols != width || p->value[v].cols != width || width % heads) {
        mc_fail(&p->error, MC_ERR_INPUT, "attention: %d, %d and %d columns for %d heads", vq.cols,
                width, p->value[v].cols, heads);
        return -1;
    }
    o->in[0] = q;
    o->in[1] = k;
    o->in[2] = v;
    o->heads = heads;
    o->scale = how->scale;
    o->causal = how->causal;
    o->buckets = how->buckets;
    o->max_distance = how->max_distance;
    o->par[0] = how->bias;
    if (o->par[0] >= 0) {
        const struct mc_param *t = param(p, o->par[0]);
        if (!require(p, t->dim[0] == how->buckets && t->dim[1] == heads, "attention", o->par[0]))
            return -1;
        if (heads > p->max_bias_heads) p->max_bias_heads = heads;
    }
    if (!add_prefix(p, o, how->layer, width)) return -1;
    if (o->causal) o->cache = p->n_caches++;
    set_drop(p, o, how->drop_p);
    int d = vq.cols / heads;
    if (d > p->max_d_head) p->max_d_head = d;
    o->keep[0] = new_value(p, vq.space, heads);
    return o->out = new_value(p, vq.space, p->value[v].cols);
}

static void end_plan(struct mc_plan *p, mc_val logits, const struct mc_op_class *loss) {
    struct mc_op *o = new_op(p, loss);
    if (!o) return;
    o->in[0] = logits;
    p->loss_op = p->n_ops - 1;
    p->n_out = p->value[logits].cols;
}

void mc_plan_cross_entropy(struct mc_plan *p, mc_val logits) {
    end_plan(p, logits, &mc_op_cross_entropy);
}

void mc_plan_square_error(struct mc_plan *p, mc_val y) {
    if (y >= 0 && !require(p, p->value[y].cols == 1, "a square error of several outputs", -1))
        return;
    end_plan(p, y, &mc_op_square_error);
}

void mc_plan_target_ids(struct mc_plan *p, int start_id, int end_id) {
    p->start_id = start_id;
    p->end_id = end_id;
}

void mc_plan_token_loss(struct mc_plan *p, mc_val logits) {
    end_plan(p, logits, &mc_op_token_loss);
}

void mc_plan_chosen_loss(struct mc_plan *p, mc_val logits) {
    end_plan(p, logits, &mc_op_chosen_loss);
}

void mc_plan_vocabulary_loss(struct mc_plan *p, mc_val x, int weight, int bias) {
    if (x < 0 || p->error.code < 0) return;
    const struct mc_param *w = param(p, weight);
    int space = p->value[x].space;
    bool fits = w->rank == 2 && w->dim[1] == p->value[x].cols &&
                (space == MC_SPACE_TARGETS || space == MC_SPACE_CHOSEN);
    if (!require(p, fits, "an output over a vocabulary", weight)) return;
    if (bias >= 0 && !require(p, param(p, bias)->dim[0] == w->dim[0], "a bias", bias)) return;
    end_plan(p, x, &mc_op_vocabulary_loss);
    if (p->error.code < 0) return;
    p->op[p->loss_op].par[0] = weight;
    p->op[p->loss_op].par[1] = bias;
    p->n_out = (int)w->dim[0];
}

int mc_plan_embedding(const struct mc_plan *p, enum mc_feed feed) {
    for (int i = 0; i < p->n_ops; i++)
        if (p->op[i].cls == &mc_op_embed && p->op[i].par[feed] >= 0) return p->op[i].par[feed];
    return -1;
}

bool mc_plan_reads(const struct mc_plan *p, int slot) {
    for (int i = 0; i < p->n_ops; i++)
        for (int k = 0; k < MC_OP_PAR; k++)
            if (p->op[i].par[k] == slot) return true;
    return false;
}

bool mc_plan_by_rows(const struct mc_plan *p, int slot) {
    bool embeds = false;
    for (int i = 0; i < p->n_ops; i++)
        for (int k = 0; k < MC_OP_PAR; k++) {
            if (p->op[i].par[k] != slot) continue;
            if (p->op[i].cls != &mc_op_embed) return false;
            embeds = true;
        }
    return embeds;
}

// Operands whose gradient an operation writes without adding: they must have one reader.
static int check_readers(const struct mc_plan *p, struct mc_error *e) {
    for (int i = 0; i < p->n_ops; i++)
        for (int k = 0; k < MC_OP_IN; k++) {
            const struct mc_op *o = &p->op[i];
            int readers = 0, here = 0;
            if (o->in[k] < 0) continue;
            for (int j = 0; j < p->n_ops; j++)
                for (int h = 0; h < MC_OP_IN; h++) {
                    readers += p->op[j].in[h] == o->in[k];
                    here += j == i && o->in[h] == o->in[k];
                }
            if (here > 1 || (readers > 1 && o->cls->sole_reader))
                return mc_fail(e, MC_ERR_INPUT, "plan: %s reads a value that is read elsewhere",
                               o->cls->name);
        }
    return 0;
}

// The gradient of a matrix is written by one operation: two would write it at the same time.
static int check_weights(const struct mc_plan *p, struct mc_error *e) {
    for (int i = 0; i < p->n_ops; i++)
        for (int j = 0; j < i; j++) {
            const struct mc_op *a = &p->op[i], *b = &p->op[j];
            if (a->cls->product && b->cls->product && a->par[0] == b->par[0] &&
                p->trainable[a->par[0]])
                return mc_fail(e, MC_ERR_INPUT, "plan: tensor %s is trained in two linear maps",
                               param(p, a->par[0])->name);
        }
    return 0;
}

// --- compiling

// Which values a gradient reaches, and which operation begins its sum: backward runs in reverse, so
// the last reader of a value writes it and the earlier ones add.
static void find_gradients(struct mc_plan *p) {
    for (int i = 0; i < p->n_ops; i++) {
        struct mc_op *o = &p->op[i];
        bool need = false;
        for (int k = 0; k < MC_OP_PAR; k++) need |= o->par[k] >= 0 && p->trainable[o->par[k]];
        for (int k = 0; k < MC_OP_IN; k++) need |= o->in[k] >= 0 && p->value[o->in[k]].grad;
        if (o->out >= 0) p->value[o->out].grad = need;
        for (int k = 0; k < MC_OP_IN; k++) o->grad_in[k] = o->in[k] >= 0 && p->value[o->in[k]].grad;
    }
    for (int i = 0; i < p->n_ops; i++)
        for (int k = 0; k < MC_OP_IN; k++) {
            struct mc_op *o = &p->op[i];
            for (int j = i + 1; o->grad_in[k] && j < p->n_ops; j++)
                for (int h = 0; h < MC_OP_IN; h++) o->add_in[k] |= p->op[j].in[h] == o->in[k];
        }
}

static bool weight_trains(const struct mc_plan *p, const struct mc_op *o) {
    for (int k = 0; k < MC_OP_PAR; k++)
        if (o->par[k] >= 0 && p->trainable[o->par[k]] && p->small_at[o->par[k]] < 0) return true;
    return false;
}

// Tensors whose gradients are partial sums of chunks: what neither a product nor an embedding
// reads.
static void place_small(struct mc_plan *p) {
    for (int i = 0; i < p->n_ops; i++) {
        const struct mc_op *o = &p->op[i];
        for (int k = o->cls->product ? 1 : 0; k < MC_OP_PAR; k++) {
            int slot = o->par[k];
            if (slot < 0 || o->cls == &mc_op_embed || o->cls->over_group || !p->trainable[slot] ||
                p->small_at[slot] >= 0)
                continue;
            p->small_at[slot] = p->small_size;
            p->small_size += (int64_t)param(p, slot)->n;
        }
    }
}

// The array is needed at this step.
static void use(struct mc_plan_buf *b, int step) {
    if (b->born < 0 || step < b->born) b->born = step;
    if (step > b->dies) b->dies = step;
}

// The rounded operands of a product: made where they are first needed, and kept for the gradient of
// the weight in place of the float32 ones.
static void use_rounded(struct mc_plan *p, struct mc_op *o, int step, int back, bool runs) {
    struct mc_plan_buf *in = &p->buf[MC_BUF_X16 * p->n_values + o->in[0]];
    o->rounds_in = in->born < 0;
    use(in, step);
    if (!runs) return;
    if (o->cls->over_group) {
        use(in, back);
        return;
    }
    struct mc_plan_buf *out = &p->buf[MC_BUF_DX16 * p->n_values + o->out];
    use(out, back);
    in->group |= weight_trains(p, o);
    out->group |= weight_trains(p, o);
}

// Lifetimes: forward of operation i is step i, its backward step 2 n - 1 - i.
static void find_lifetimes(struct mc_plan *p) {
    struct mc_plan_buf *fwd = p->buf + MC_BUF_X * p->n_values,
                       *grad = p->buf + MC_BUF_DX * p->n_values;
    for (int v = 0; v < MC_BUF_KINDS * p->n_values; v++)
        p->buf[v] = (struct mc_plan_buf){.born = -1, .dies = -1};
    for (int i = 0; i < p->n_ops; i++) {
        struct mc_op *o = &p->op[i];
        int back = 2 * p->n_ops - 1 - i;
        bool runs = p->backward && (o->out < 0 || p->value[o->out].grad);
        bool rounded = o->cls->product && p->precision == MC_PRECISION_BF16;
        bool gathers = runs && !rounded && weight_trains(p, o);
        for (int k = 0; k < MC_OP_IN; k++) {
            if (o->in[k] < 0) continue;
            use(&fwd[o->in[k]], i);
            if (runs && o->cls->reads_in) use(&fwd[o->in[k]], back);
            if (runs && o->grad_in[k]) use(&grad[o->in[k]], back);
            if (gathers && o->cls->group_in) fwd[o->in[k]].group = true;
        }
        for (int k = 0; k < MC_OP_KEEP; k++) {
            if (o->keep[k] < 0) continue;
            use(&fwd[o->keep[k]], i);
            if (runs) use(&fwd[o->keep[k]], back);
        }
        if (rounded) use_rounded(p, o, i, back, runs);
        if (o->out < 0) continue;
        use(&fwd[o->out], i);
        if (runs && o->cls->reads_out) use(&fwd[o->out], back);
        if (runs) use(&grad[o->out], back);
        if (gathers && o->cls->group_out_grad) grad[o->out].group = true;
    }
}

// A loss over the group parts the forward of all chunks from their backward: what lives across it,
// and the gradient that it leaves, are there for all of them.
static void keep_for_group(struct mc_plan *p) {
    if (!p->backward || p->loss_op < 0 || !p->op[p->loss_op].cls->over_group) return;
    for (int i = 0; i < MC_BUF_KINDS * p->n_values; i++) {
        struct mc_plan_buf *b = &p->buf[i];
        b->group |= b->born >= 0 && b->born <= p->loss_op && b->dies > p->loss_op;
    }
    p->buf[MC_BUF_DX * p->n_values + p->op[p->loss_op].in[0]].group = true;
}

// What the tokens give to the targets stays for every step: it is there before the first operation,
// and after the last.
static void keep_for_steps(struct mc_plan *p) {
    for (int i = 0; i < p->n_ops; i++)
        for (int k = 0; k < MC_OP_IN; k++) {
            const struct mc_op *o = &p->op[i];
            if (o->in[k] < 0 || p->value[o->in[k]].space == MC_SPACE_TARGETS) continue;
            if (o->out >= 0 && p->value[o->out].space != MC_SPACE_TARGETS) continue;
            use(&p->buf[MC_BUF_X * p->n_values + o->in[k]], 0);
            use(&p->buf[MC_BUF_X * p->n_values + o->in[k]], 2 * p->n_ops);
        }
}

// Operations that write the gradient of one tensor take turns: the product's, which replaces it,
// first.
static void find_waves(struct mc_plan *p) {
    for (int i = 0; i < p->n_ops; i++) {
        struct mc_op *o = &p->op[i];
        if (o->cls != &mc_op_embed) continue;
        for (int j = 0; j < p->n_ops; j++)
            for (int k = 0; k < MC_OP_PAR; k++) {
                const struct mc_op *b = &p->op[j];
                bool other = b->cls->product || (b->cls == &mc_op_embed && j < i);
                for (int h = 0; other && h < MC_OP_PAR; h++)
                    if (b->par[h] >= 0 && b->par[h] == o->par[k] && o->wave <= b->wave)
                        o->wave = b->wave + 1;
            }
        if (o->wave >= p->n_waves) p->n_waves = o->wave + 1;
    }
}

double mc_op_row_cost(const struct mc_plan *p, const struct mc_op *o, int *space) {
    *space = p->value[o->out >= 0 ? o->out : o->in[0]].space;
    return (double)param(p, o->par[0])->dim[0] * p->value[o->in[0]].cols;
}

static void count_costs(struct mc_plan *p) {
    for (int i = 0; i < p->n_ops; i++) {
        int space;
        if (!p->op[i].cls->product) continue;
        double cost = mc_op_row_cost(p, &p->op[i], &space);
        p->row_cost[space] += cost;
    }
}

int mc_plan_compile(struct mc_plan *p, const bool *trainable, enum mc_precision precision,
                    struct mc_error *e) {
    if (p->error.code < 0) {
        *e = p->error;
        return e->code;
    }
    MC_TRY(check_readers(p, e));
    size_t n = (size_t)p->table->n;
    p->backward = trainable != NULL;
    p->precision = precision;
    p->trainable = mc_new(n, sizeof *p->trainable, e);
    p->small_at = mc_new(n, sizeof *p->small_at, e);
    p->buf = mc_new(MC_BUF_KINDS * (size_t)p->n_values, sizeof *p->buf, e);
    if (!p->trainable || !p->small_at || !p->buf) return MC_ERR_MEM;
    for (size_t i = 0; i < n; i++) {
        p->trainable[i] = trainable && trainable[i];
        p->small_at[i] = -1;
    }
    place_small(p);
    MC_TRY(check_weights(p, e));
    p->n_waves = 1;
    find_gradients(p);
    find_lifetimes(p);
    keep_for_group(p);
    if (p->stepwise) keep_for_steps(p);
    find_waves(p);
    count_costs(p);
    return 0;
}
