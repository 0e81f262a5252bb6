// Matrix products by oneDNN. It prepares a product for one shape and then runs it: what was
// prepared is kept in a table by shape. Its C interface differs between 2.x and 3.x in how
// descriptions are made; that part stands first. One thread: a call from a thread that may use one
// processor stays in it.
#ifdef MC_ONEDNN
#define _GNU_SOURCE // RTLD_DEFAULT
#endif
#include "gemm_onednn.h"

#ifndef MC_ONEDNN

const char *mc_onednn_kernel(enum mc_precision of) {
    (void)of;
    return NULL;
}
const char *mc_onednn_version(char out[MC_ONEDNN_VERSION_TEXT]) {
    *out = '\0';
    return out;
}
struct mc_onednn *mc_onednn_new(struct mc_error *e) {
    (void)mc_fail(e, MC_ERR_INPUT, "built without oneDNN");
    return NULL;
}
void mc_onednn_free(struct mc_onednn *d) { (void)d; }
int mc_onednn_run(struct mc_onednn *d, const struct mc_product *p, const void *a, const void *b,
                  float *c, struct mc_error *e) {
    (void)d, (void)p, (void)a, (void)b, (void)c;
    return mc_fail(e, MC_ERR_INPUT, "built without oneDNN");
}

#else

#include <dlfcn.h>
#include <errno.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- names of the C++ and OpenMP libraries

// oneDNN is C++ and, mostly, OpenMP: functions of these libraries are found by name while the
// program runs, so that nothing of them is needed to build. Function pointers come through a union,
// as POSIX has it.
typedef union {
    void *object;
    void (*set_num_threads)(int);
    void *(*set_new_handler)(void (*)(void));
} symbol;

static symbol find_symbol(const char *name) {
    return (symbol){.object = dlsym(RTLD_DEFAULT, name)};
}

static symbol openmp(void) {
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
    return find_symbol("omp_set_num_threads");
#else
    return (symbol){0};
#endif
}

static bool can_be_one_thread(void) {
    return DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_OMP || openmp().object;
}

// Where memory runs out, C++ calls a handler before it throws an exception, which C cannot catch.
// The handler frees a reserve, once, so that the call at hand can end, which is then taken for
// failed. C++ has one handler for the whole process, so the reserve is the process's too.
enum { RESERVE = 1 << 20 };
static _Atomic(void *) reserve;
static atomic_bool reserve_is_gone;

static void on_no_memory(void) {
    void *r = atomic_exchange(&reserve, NULL);
    if (!r) mc_die("no memory for oneDNN");
    atomic_store(&reserve_is_gone, true);
    free(r);
}

// Sets the reserve aside and the handler; false where there is no memory for it.
static bool keep_reserve(void) {
    symbol b = find_symbol("_ZSt15set_new_handlerPFvvE");
    if (!b.object || atomic_load(&reserve) || atomic_load(&reserve_is_gone)) return true;
    void *r = malloc(RESERVE), *none = NULL;
    if (r && !atomic_compare_exchange_strong(&reserve, &none, r)) free(r);
    b.set_new_handler(on_no_memory);
    return r != NULL;
}

// --- descriptions

struct parts {
    dnnl_engine_t engine;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    dnnl_memory_t a, b, c, scratch;
};

static dnnl_data_type_t type_of(enum mc_precision of) {
    return of == MC_PRECISION_BF16 ? dnnl_bf16 : dnnl_f32;
}

// [rows, cols] of an operand as the product sees it, and the strides it lies in memory with.
struct operand {
    dnnl_dims_t dim, stride;
    dnnl_data_type_t type;
};

static struct operand operand(int rows, int cols, int ld, bool transposed, enum mc_precision of) {
    struct operand o = {.dim = {rows, cols}, .stride = {ld, 1}, .type = type_of(of)};
    if (transposed) o.stride[0] = 1, o.stride[1] = ld;
    return o;
}

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t desc_t;
typedef const_dnnl_memory_desc_t const_desc_t;
static dnnl_status_t desc_init(desc_t *d, const struct operand *o) {
    return dnnl_memory_desc_create_with_strides(d, 2, o->dim, o->type, o->stride);
}
static void desc_release(desc_t *d) {
    if (*d) dnnl_memory_desc_destroy(*d);
}
static dnnl_status_t product_desc(struct parts *p, const desc_t d[3]) {
    return dnnl_matmul_primitive_desc_create(&p->desc, p->engine, d[0], d[1], NULL, d[2], p->attr);
}
static dnnl_status_t memory_init(dnnl_memory_t *m, const desc_t *d, dnnl_engine_t engine) {
    return dnnl_memory_create(m, *d, engine, DNNL_MEMORY_NONE);
}
static const_desc_t scratch_desc(const struct parts *p) {
    return dnnl_primitive_desc_query_md(p->desc, dnnl_query_scratchpad_md, 0);
}
static dnnl_status_t append_sum(dnnl_post_ops_t ops) {
    return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_data_type_undef);
}
#else
typedef dnnl_memory_desc_t desc_t;
typedef const dnnl_memory_desc_t *const_desc_t;
static dnnl_status_t desc_init(desc_t *d, const struct operand *o) {
    return dnnl_memory_desc_init_by_strides(d, 2, o->dim, o->type, o->stride);
}
static void desc_release(desc_t *d) { (void)d; }
static dnnl_status_t product_desc(struct parts *p, const desc_t d[3]) {
    dnnl_matmul_desc_t m;
    dnnl_status_t s = dnnl_matmul_desc_init(&m, &d[0], &d[1], NULL, &d[2]);
    return s ? s : dnnl_primitive_desc_create(&p->desc, &m, p->attr, p->engine, NULL);
}
static dnnl_status_t memory_init(dnnl_memory_t *m, const desc_t *d, dnnl_engine_t engine) {
    return dnnl_memory_create(m, d, engine, DNNL_MEMORY_NONE);
}
static const_desc_t scratch_desc(const struct parts *p) {
    return dnnl_primitive_desc_query_md(p->desc, dnnl_query_scratchpad_md, 0);
}
static dnnl_status_t append_sum(dnnl_post_ops_t ops) { return dnnl_post_ops_append_sum(ops, 1); }
#endif

// --- prepared products

#define DNN_TRY(expr)                                                                              \
    do {                                                                                           \
        dnnl_status_t status_ = (expr);                                                            \
        if (status_) return status_;                                                               \
    } while (0)

enum { SLOTS = 2048, FULL = 1536 }; // of the table; emptied when it is full

struct slot {
    bool used;
    struct mc_product key;
    struct parts p;
};

struct mc_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct slot *slot;
    int n;
    float *scratch;
    size_t scratch_size;
    float *column[3]; // of A, B and C, where they are scattered
    int column_size[3];
};

static bool has_isa(dnnl_cpu_isa_t isa) {
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)isa) == (unsigned)isa;
}

const char *mc_onednn_kernel(enum mc_precision of) {
    const char *want = getenv("MC_GEMM");
    if ((want && strcmp(want, "openblas") == 0) || !can_be_one_thread()) return NULL;
    (void)keep_reserve(); // even asking for the processor allocates
    if (of == MC_PRECISION_F32)
        return has_isa(dnnl_cpu_isa_avx512_core) ? "oneDNN-avx512_core" : NULL;
    if (has_isa(dnnl_cpu_isa_avx512_core_amx)) return "oneDNN-avx512_core_amx";
    return has_isa(dnnl_cpu_isa_avx512_core_bf16) ? "oneDNN-avx512_core_bf16" : NULL;
}

// The largest known set of instructions within those that oneDNN uses.
static const char *isa_name(void) {
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name;
    } KNOWN[] = {{dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
                 {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
                 {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
                 {dnnl_cpu_isa_avx512_core, "avx512_core"},
                 {dnnl_cpu_isa_avx2, "avx2"},
                 {dnnl_cpu_isa_avx, "avx"},
                 {dnnl_cpu_isa_sse41, "sse41"}};
    (void)keep_reserve();
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (has_isa(KNOWN[i].isa)) return KNOWN[i].name;
    return "none";
}

const char *mc_onednn_version(char out[MC_ONEDNN_VERSION_TEXT]) {
    const dnnl_version_t *v = dnnl_version();
    snprintf(out, MC_ONEDNN_VERSION_TEXT, ", oneDNN %d.%d.%d (%s)", v->major, v->minor, v->patch,
             isa_name());
    return out;
}

static void parts_release(struct parts *p) {
    dnnl_memory_t m[] = {p->a, p->b, p->c, p->scratch};
    for (int i = 0; i < 4; i++)
        if (m[i]) dnnl_memory_destroy(m[i]);
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->desc) dnnl_primitive_desc_destroy(p->desc);
    if (p->attr) dnnl_primitive_attr_destroy(p->attr);
    *p = (struct parts){0};
}

static void empty_table(struct mc_onednn *d) {
    for (int i = 0; i < SLOTS; i++) {
        if (d->slot[i].used) parts_release(&d->slot[i].p);
        d->slot[i].used = false;
    }
    d->n = 0;
}

static dnnl_status_t make_attr(struct parts *p, int beta) {
    DNN_TRY(dnnl_primitive_attr_create(&p->attr));
    DNN_TRY(dnnl_primitive_attr_set_scratchpad_mode(p->attr, dnnl_scratchpad_mode_user));
    // whatever the environment says, float32 stays float32
    DNN_TRY(dnnl_primitive_attr_set_fpmath_mode(p->attr, dnnl_fpmath_mode_strict));
    if (!beta) return dnnl_success;
    dnnl_post_ops_t ops;
    DNN_TRY(dnnl_post_ops_create(&ops));
    dnnl_status_t s = append_sum(ops);
    if (!s) s = dnnl_primitive_attr_set_post_ops(p->attr, ops);
    dnnl_post_ops_destroy(ops);
    return s;
}

static dnnl_status_t make_rest(struct parts *p, const desc_t d[3]) {
    DNN_TRY(product_desc(p, d));
    DNN_TRY(dnnl_primitive_create(&p->primitive, p->desc));
    DNN_TRY(memory_init(&p->a, &d[0], p->engine));
    DNN_TRY(memory_init(&p->b, &d[1], p->engine));
    DNN_TRY(memory_init(&p->c, &d[2], p->engine));
    return dnnl_memory_create(&p->scratch, scratch_desc(p), p->engine, DNNL_MEMORY_NONE);
}

static dnnl_status_t prepare(struct parts *p, const struct mc_product *q) {
    symbol b = openmp(); // its number of threads is one per thread that calls
    if (b.object) b.set_num_threads(1);
    struct operand o[3] = {operand(q->m, q->k, q->lda, q->form == MC_GEMM_TN, q->of),
                           operand(q->k, q->n, q->ldb, q->form == MC_GEMM_NT, q->of),
                           operand(q->m, q->n, q->ldc, false, MC_PRECISION_F32)};
    desc_t d[3];
    memset(d, 0, sizeof d);
    dnnl_status_t s = make_attr(p, q->beta);
    for (int i = 0; !s && i < 3; i++) s = desc_init(&d[i], &o[i]);
    if (!s) s = make_rest(p, d);
    for (int i = 0; i < 3; i++) desc_release(&d[i]);
    return s;
}

static unsigned hash(const struct mc_product *p) {
    const int v[] = {(int)p->of, (int)p->form, p->m, p->n, p->k, p->lda, p->ldb, p->ldc, p->beta};
    uint32_t h = 2166136261u; // FNV-1a over words
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) h = (h ^ (uint32_t)v[i]) * 16777619u;
    return h ^ h >> 15;
}

static bool same_product(const struct mc_product *a, const struct mc_product *b) {
    return a->of == b->of && a->form == b->form && a->m == b->m && a->n == b->n && a->k == b->k &&
           a->lda == b->lda && a->ldb == b->ldb && a->ldc == b->ldc && a->beta == b->beta;
}

static int reserve_scratch(struct mc_onednn *d, const struct parts *p, struct mc_error *e) {
    size_t need = dnnl_memory_desc_get_size(scratch_desc(p));
    if (need <= d->scratch_size) return 0;
    mc_free_floats(d->scratch);
    d->scratch_size = 0;
    size_t floats = need / sizeof(float) + 1;
    if (!(d->scratch = mc_new_floats(floats, e))) return MC_ERR_MEM;
    d->scratch_size = floats * sizeof(float);
    return 0;
}

static int find_prepared(struct mc_onednn *d, const struct mc_product *p, struct parts **out,
                         struct mc_error *e) {
    unsigned i = hash(p) % SLOTS;
    for (; d->slot[i].used; i = (i + 1) % SLOTS)
        if (same_product(&d->slot[i].key, p)) {
            *out = &d->slot[i].p;
            return 0;
        }
    if (d->n == FULL) {
        empty_table(d);
        i = hash(p) % SLOTS;
    }
    struct slot *s = &d->slot[i];
    s->p.engine = d->engine;
    dnnl_status_t status = prepare(&s->p, p);
    int rc = status == dnnl_success
                 ? reserve_scratch(d, &s->p, e)
                 : mc_fail(e, MC_ERR_MEM, "oneDNN: no product of %d x %d x %d, status %d", p->m,
                           p->n, p->k, (int)status);
    if (rc < 0) {
        parts_release(&s->p);
        return rc;
    }
    s->used = true;
    s->key = *p;
    d->n++;
    *out = &s->p;
    return 0;
}

// --- one column of a wider matrix

// oneDNN 3.7 takes the elements of such a column for neighbours, whatever strides say, and writes
// between those of a result: so they are laid side by side, and spread again.
static int column_buffer(struct mc_onednn *d, int which, int rows, int cols, int *ld,
                         float **column, struct mc_error *e) {
    *column = NULL;
    if (cols > 1 || rows == 1 || *ld == 1) return 0;
    if (rows > d->column_size[which]) {
        mc_free_floats(d->column[which]);
        d->column_size[which] = 0;
        if (!(d->column[which] = mc_new_floats((size_t)rows, e))) return MC_ERR_MEM;
        d->column_size[which] = rows;
    }
    *ld = 1;
    *column = d->column[which];
    return 0;
}

static void gather(enum mc_precision of, int n, int ld, const void *from, float *to) {
    const float *f = from;
    const mc_bf16 *h = from;
    mc_bf16 *half = (mc_bf16 *)(void *)to;
    for (int i = 0; i < n; i++)
        if (of == MC_PRECISION_BF16)
            half[i] = h[(size_t)i * (size_t)ld];
        else
            to[i] = f[(size_t)i * (size_t)ld];
}

static int execute(struct mc_onednn *d, const struct mc_product *q, const void *a, const void *b,
                   float *c, struct mc_error *e) {
    struct parts *p;
    MC_TRY(find_prepared(d, q, &p, e));
    // oneDNN takes operands without const and leaves sources alone
    const struct {
        dnnl_memory_t memory;
        void *at;
    } set[] = {{p->a, (void *)(uintptr_t)a},
               {p->b, (void *)(uintptr_t)b},
               {p->c, c},
               {p->scratch, d->scratch}};
    dnnl_status_t s = dnnl_success;
    for (int i = 0; !s && i < 4; i++) s = dnnl_memory_set_data_handle(set[i].memory, set[i].at);
    const dnnl_exec_arg_t arg[] = {{DNNL_ARG_SRC, p->a},
                                   {DNNL_ARG_WEIGHTS, p->b},
                                   {DNNL_ARG_DST, p->c},
                                   {DNNL_ARG_SCRATCHPAD, p->scratch}};
    if (!s) s = dnnl_primitive_execute(p->primitive, d->stream, 4, arg);
    if (s) return mc_fail(e, MC_ERR_MEM, "oneDNN: a product failed, status %d", (int)s);
    return atomic_load(&reserve_is_gone) ? mc_fail(e, MC_ERR_MEM, "no memory for oneDNN") : 0;
}

int mc_onednn_run(struct mc_onednn *d, const struct mc_product *p, const void *a, const void *b,
                  float *c, struct mc_error *e) {
    struct mc_product q = *p;
    bool at = p->form == MC_GEMM_TN, bt = p->form == MC_GEMM_NT; // as they lie in memory
    float *x, *y, *z;
    MC_TRY(column_buffer(d, 0, at ? p->k : p->m, at ? p->m : p->k, &q.lda, &x, e));
    MC_TRY(column_buffer(d, 1, bt ? p->n : p->k, bt ? p->k : p->n, &q.ldb, &y, e));
    MC_TRY(column_buffer(d, 2, p->m, p->n, &q.ldc, &z, e));
    if (x) gather(p->of, at ? p->k : p->m, p->lda, a, x);
    if (y) gather(p->of, bt ? p->n : p->k, p->ldb, b, y);
    if (z && p->beta) gather(MC_PRECISION_F32, p->m, p->ldc, c, z);
    MC_TRY(execute(d, &q, x ? x : a, y ? y : b, z ? z : c, e));
    for (int i = 0; z && i < p->m; i++) c[(size_t)i * (size_t)p->ldc] = z[i];
    return 0;
}

struct mc_onednn *mc_onednn_new(struct mc_error *e) {
    struct mc_onednn *d = mc_new(1, sizeof *d, e);
    if (!d) return NULL;
    d->slot = mc_new(SLOTS, sizeof *d->slot, e);
    if (d->slot && !keep_reserve()) {
        mc_fail(e, MC_ERR_MEM, "no memory for oneDNN");
        mc_onednn_free(d);
        return NULL;
    }
    if (!d->slot) {
        mc_onednn_free(d);
        return NULL;
    }
    dnnl_set_jit_profiling_flags(DNNL_JIT_PROFILE_NONE); // else it looks for a profiler to load
    if (dnnl_engine_create(&d->engine, dnnl_cpu, 0) == dnnl_success &&
        dnnl_stream_create(&d->stream, d->engine, dnnl_stream_in_order) == dnnl_success)
        return d;
    (void)mc_fail(e, MC_ERR_MEM, "oneDNN does not start");
    mc_onednn_free(d);
    return NULL;
}

void mc_onednn_free(struct mc_onednn *d) {
    if (!d) return;
    if (d->slot) empty_table(d);
    if (d->stream) dnnl_stream_destroy(d->stream);
    if (d->engine) dnnl_engine_destroy(d->engine);
    mc_free_floats(d->scratch);
    for (int i = 0; i < 3; i++) mc_free_floats(d->column[i]);
    free(d->slot);
    free(d);
}

#endif
