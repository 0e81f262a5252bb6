// Prefix tuning (Li and Liang 2021): keys and values of n tokens before those of every layer's
// self-attention; PEFT's name and layout, a row = [layer][key, value][head][d]. While a new prefix
// P is trained, what is moved are the tensors of P = W2 tanh(W1 E + b1) + b2, E[n, H] an embedding;
// P is stored.
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "mc/gemm.h"
#include "mc/json.h"
#include "mc/method.h"
#include "mc/rng.h"

enum { HIDDEN = 24 }; // of the reparametrisation

// How many layers have a prefix, those of the network's last stack, and the columns of their keys.
struct keys {
    int layers;
    int64_t width;
};

static struct keys keys_of(const struct mc_model *base) {
    struct keys k = {0};
    enum mc_stack last = MC_STACK_ENCODER;
    for (int i = 0; i < base->table.n; i++) {
        const struct mc_place *is = &base->table.p[i].is;
        if (is->role != MC_ROLE_KEY || is->sublayer != MC_SUBLAYER_ATTENTION || is->bias) continue;
        if (is->stack != last) k.layers = 0;
        last = is->stack;
        k.layers++;
        k.width = base->table.p[i].dim[0];
    }
    return k;
}

static int64_t columns(const struct mc_model *base) {
    struct keys k = keys_of(base);
    return k.layers * 2 * k.width;
}

static const struct mc_place PLACE = {.block = MC_BLOCK_METHOD};

static int table(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    int longest = mc_model_max_len(d->base);
    int64_t cols = columns(d->base);
    if (h->prefix_len >= longest)
        return mc_fail(e, MC_ERR_USAGE,
                       "--prefix-len %d: the model takes %d tokens, the prefix among them",
                       h->prefix_len, longest);
    if (cols > INT_MAX / h->prefix_len)
        return mc_fail(e, MC_ERR_USAGE, "--prefix-len %d: rows of %lld numbers are too many",
                       h->prefix_len, (long long)cols);
    int at = mc_table_add(&d->table, &PLACE, h->prefix_len, cols, e, MC_PROMPT);
    return at < 0 ? at : 0;
}

// How many parts a row has, each the keys and values of a layer.
static int64_t parts_of(const struct mc_method *h, int layers) {
    int64_t most = 0;
    for (int i = 0; i < h->n_parts; i++)
        if (h->part[i] >= most) most = h->part[i] + 1;
    return h->part ? most : layers;
}

static int check_tensor(const struct mc_method *h, const struct mc_model *m,
                        const struct mc_param *p, struct mc_error *e) {
    struct keys k = keys_of(m->base);
    int64_t two = 2 * k.width, parts = parts_of(h, k.layers);
    if (h->part && h->n_parts != k.layers)
        return mc_fail(e, MC_ERR_INPUT, "mc.method: parts of a prefix for %d layers, there are %d",
                       h->n_parts, k.layers);
    // a prefix from PEFT may have parts that no layer reads
    bool right = p->rank == 2 && p->dim[0] == h->prefix_len && p->dim[1] >= parts * two &&
                 p->dim[1] <= INT_MAX &&
                 (h->part ? p->dim[1] % two == 0 : p->dim[1] == parts * two);
    if (right) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "tensor %s is not [%d, %lld], a row for %d tokens of %lld layers", p->name,
                   h->prefix_len, (long long)(parts * two), h->prefix_len, (long long)parts);
}

static int column_of(const struct mc_method *h, int layer, int64_t w) {
    return (int)((h->part ? h->part[layer] : layer) * 2 * w);
}

// --- the reparametrisation, with PEFT's names

enum { E, W1, B1, W2, B2, PARTS };

static int trained(const struct mc_method *h, const struct mc_model *d, struct mc_table *t,
                   struct mc_error *e) {
    int64_t hidden = d->config.hidden, cols = columns(d->base);
    const struct {
        const char *name;
        int64_t rows, cols;
    } part[PARTS] = {{"embedding.weight", h->prefix_len, hidden},
                     {"transform.0.weight", HIDDEN, hidden},
                     {"transform.0.bias", HIDDEN, 0},
                     {"transform.2.weight", cols, HIDDEN},
                     {"transform.2.bias", cols, 0}};
    for (int i = 0; i < PARTS; i++) {
        const struct mc_place is = {.block = MC_BLOCK_METHOD, .bias = !part[i].cols};
        MC_TRY(
            mc_table_add(t, &is, part[i].rows, part[i].cols, e, "prompt_encoder.%s", part[i].name));
    }
    return PARTS;
}

// As PyTorch: N(0, 1) for the embedding, U(+-1/sqrt(in)) for weights and biases of a linear
// layer.
static void draw_trained(const struct mc_table *t, int i, float *w, uint64_t seed) {
    const struct mc_param *p = &t->p[i];
    struct mc_rng r;
    double bound = 1 / sqrt((double)t->p[i < W2 ? W1 : W2].dim[1]);
    mc_rng_init_named(&r, seed, MC_RNG_INIT, p->name);
    for (size_t k = 0; k < p->n; k++)
        w[k] = (float)(i == E ? mc_rng_normal(&r) : bound * (2 * mc_rng_uniform(&r) - 1));
}

static size_t work(const struct mc_table *t) { return 2 * (size_t)t->p[E].dim[0] * HIDDEN; }

// P[n, cols] from the block u; work[n, HIDDEN] keeps the hidden values.
static void forward(const struct mc_table *t, const float *u, struct mc_gemm *g, float *z,
                    float *out) {
    const struct mc_param *p = t->p;
    int n = (int)p[E].dim[0], in = (int)p[E].dim[1], cols = (int)p[W2].dim[0];
    const struct mc_kern *kern = mc_kern_choose();
    mc_gemm_f32(g, MC_GEMM_NT, n, HIDDEN, in, u + p[E].at, in, u + p[W1].at, in, 0, z, HIDDEN);
    for (int i = 0; i < n * HIDDEN; i++) z[i] = tanhf(z[i] + u[p[B1].at + (size_t)(i % HIDDEN)]);
    mc_gemm_f32(g, MC_GEMM_NT, n, cols, HIDDEN, z, HIDDEN, u + p[W2].at, HIDDEN, 0, out, cols);
    kern->add_bias(n, cols, out, u + p[B2].at);
}

// The gradient du of the block from dp[n, cols], with the hidden values in work.
static void backward(const struct mc_table *t, const float *u, struct mc_gemm *g, float *z,
                     const float *dp, float *du) {
    const struct mc_param *p = t->p;
    int n = (int)p[E].dim[0], in = (int)p[E].dim[1], cols = (int)p[W2].dim[0];
    const struct mc_kern *kern = mc_kern_choose();
    float *dz = z + n * HIDDEN;
    mc_gemm_f32(g, MC_GEMM_TN, cols, HIDDEN, n, dp, cols, z, HIDDEN, 0, du + p[W2].at, HIDDEN);
    mc_gemm_f32(g, MC_GEMM_NN, n, HIDDEN, cols, dp, cols, u + p[W2].at, HIDDEN, 0, dz, HIDDEN);
    for (int i = 0; i < n * HIDDEN; i++) dz[i] *= 1 - z[i] * z[i];
    mc_gemm_f32(g, MC_GEMM_TN, HIDDEN, in, n, dz, HIDDEN, u + p[E].at, in, 0, du + p[W1].at, in);
    mc_gemm_f32(g, MC_GEMM_NN, n, in, HIDDEN, dz, HIDDEN, u + p[W1].at, in, 0, du + p[E].at, in);
    memset(du + p[B1].at, 0, p[B1].n * sizeof *du);
    memset(du + p[B2].at, 0, p[B2].n * sizeof *du);
    kern->col_sum(n, HIDDEN, dz, HIDDEN, du + p[B1].at);
    kern->col_sum(n, cols, dp, cols, du + p[B2].at);
}

static const struct mc_reparam_class reparam = {trained, draw_trained, work, forward, backward};

// --- metadata

static int write(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, ",\"n\":%d", h->prefix_len));
    for (int i = 0; i < h->n_parts; i++)
        MC_TRY(mc_buf_printf(out, e, "%s%d", i ? "," : ",\"parts\":[", h->part[i]));
    return h->n_parts ? mc_buf_add(out, "]", 1, e) : 0;
}

static int read(struct mc_method *h, const void *json, struct mc_error *e) {
    json_int_t n = json_integer_value(json_object_get(json, "n"));
    const json_t *parts = json_object_get(json, "parts"), *v;
    size_t i;
    if (n < 1 || n > 1 << 20)
        return mc_fail(e, MC_ERR_INPUT, "mc.method: no length of a prefix (n)");
    h->prefix_len = (int)n;
    if (!parts) return 0;
    if (!(h->part = mc_new(json_array_size(parts), sizeof *h->part, e))) return MC_ERR_MEM;
    json_array_foreach((json_t *)(uintptr_t)parts, i, v) {
        if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > 1 << 16)
            return mc_fail(e, MC_ERR_INPUT, "mc.method: a part of a prefix that is no number");
        h->part[h->n_parts++] = (int)json_integer_value(v);
    }
    return 0;
}

static const struct mc_method_option OPTIONS[] = {
    {{"--prefix-len", "N", "tokens of prefix", MC_OPTION_WHOLE, .fallback = 120, .min = 1,
      .max = 65536},
     .at = offsetof(struct mc_method, prefix_len)}};

const struct mc_method_class mc_method_prefix = {
    .name = "prefix",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
    .before_head = "base_model.",
    .table = table,
    .reparam = &reparam,
    .unfoldable = "a base has no keys that belong to no token",
    .tensor = MC_PROMPT,
    .check_tensor = check_tensor,
    .prefix = column_of,
    .write = write,
    .read = read,
};
