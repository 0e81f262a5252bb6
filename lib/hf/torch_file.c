// A file of torch.save as named tensors. data.pkl holds a dict of them, each a call of
// _rebuild_tensor_v2, or of what wraps one, with a storage (the bytes of a member, data/KEY) and
// the place, sizes and strides of the tensor in it; several may share one.
#include "torch_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/utf8.h"
#include "pickle.h"
#include "zip.h"

enum { PICKLE_MAX = 1 << 24, NAME_BYTES = 1024, MEMBER_BYTES = 600 };

enum global { REBUILD, PARAMETER, WITH_STATE, OF_TYPE, TENSOR, ORDERED_DICT, STORAGES };
static const struct mc_pickle_global GLOBALS[] = {
    [REBUILD] = {"torch._utils", "_rebuild_tensor_v2", true},
    [PARAMETER] = {"torch._utils", "_rebuild_parameter", true},
    [WITH_STATE] = {"torch._utils", "_rebuild_parameter_with_state", true},
    [OF_TYPE] = {"torch._tensor", "_rebuild_from_type_v2", true},
    [TENSOR] = {"torch", "Tensor", false},
    [ORDERED_DICT] = {"collections", "OrderedDict", true},
    [STORAGES] = {"torch", "FloatStorage", false},
    {"torch", "DoubleStorage", false},
    {"torch", "HalfStorage", false},
    {"torch", "BFloat16Storage", false},
    {"torch", "LongStorage", false},
    {"torch", "IntStorage", false},
    {"torch", "ShortStorage", false},
    {"torch", "CharStorage", false},
    {"torch", "ByteStorage", false},
    {"torch", "BoolStorage", false},
    {NULL, NULL, false},
};
// Of the storages, in the same order.
static const enum mc_dtype DTYPES[] = {MC_F32, MC_F64, MC_F16, MC_BF16, MC_I64,
                                       MC_I32, MC_I16, MC_I8,  MC_U8,   MC_BOOL};

// Where a tensor's numbers lie, counted in elements from the start of a member.
struct place {
    int member;
    uint64_t first, stride[MC_DIMS], n, span; // span: from its first element to behind its last
    bool in_order;                            // one behind the other
};

struct mc_torch_file {
    struct mc_zip zip;
    char root[MEMBER_BYTES]; // what stands before the names of its members, with the slash
    struct place *place;     // of the tensors
};

// --- the archive

// Of a format that torch.load still reads: the command that saves it anew.
static int refuse_legacy(const char *path, struct mc_error *e) {
    char quoted[MEMBER_BYTES];
    size_t n = 0;
    for (const char *c = path; *c && n + 5 < sizeof quoted; c++)
        n += (size_t)snprintf(quoted + n, sizeof quoted - n, "%s",
                              *c == '\'' ? "'\\''" : (char[]){*c, 0});
    return mc_fail_file(e, MC_ERR_INPUT, path,
                        "torch's format of before 1.6 is not read; save it anew: python3 -c "
                        "\"import sys, torch; f = sys.argv[1]; "
                        "torch.save(torch.load(f, weights_only=True), f)\" '%.*s'",
                        (int)n, quoted);
}

// What the first bytes say it is, if no zip archive.
static int check_format(const struct mc_zip *z, struct mc_error *e) {
    static const uint8_t legacy[] = {0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9};
    uint8_t p[512] = {0};
    size_t n = z->size < sizeof p ? (size_t)z->size : sizeof p;
    MC_TRY(mc_zip_read(z, 0, p, n, e));
    if (memcmp(p, "PK\3\4", 4) == 0) return 0;
    MC_TRY(mc_no_pointer(z->path, (const char *)p, n, e));
    if (memcmp(p, legacy, sizeof legacy) == 0) return refuse_legacy(z->path, e);
    const char *is = n == 0                             ? "empty"
                     : memcmp(p + 257, "ustar", 5) == 0 ? "a tar archive"
                     : *p == 0x80                       ? "a bare pickle"
                                                        : "another format";
    return mc_fail_file(e, MC_ERR_INPUT, z->path, "%s, no zip archive as torch.save writes it", is);
}

// All members stand in one folder, which the first one names.
static int find_root(struct mc_torch_file *f, struct mc_error *e) {
    const char *first = f->zip.n ? f->zip.member[0].name : "", *slash = strchr(first, '/');
    int n = slash ? (int)(slash - first) + 1 : 0;
    snprintf(f->root, sizeof f->root, "%.*s", n, first);
    return n ? 0
             : mc_fail_file(e, MC_ERR_INPUT, f->zip.path,
                            "a zip archive, but none of torch.save: no folder in it");
}

// Number of a member within the root, or -1.
static int find(const struct mc_torch_file *f, const char *name, size_t n) {
    char path[2 * MEMBER_BYTES];
    if (n >= MEMBER_BYTES || memchr(name, 0, n)) return -1;
    snprintf(path, sizeof path, "%s%.*s", f->root, (int)n, name);
    return mc_zip_find(&f->zip, path);
}

static int read_member(struct mc_torch_file *f, const char *name, uint64_t most, struct mc_buf *b,
                       struct mc_error *e) {
    int i = find(f, name, strlen(name));
    if (i < 0)
        return mc_fail_file(e, MC_ERR_INPUT, f->zip.path,
                            "a zip archive, but none of torch.save: no %s in it", name);
    const struct mc_zip_member *m = &f->zip.member[i];
    if (m->bytes > most)
        return mc_fail_file(e, MC_ERR_INPUT, f->zip.path, "%s: %llu bytes, more than %llu", name,
                            (unsigned long long)m->bytes, (unsigned long long)most);
    MC_TRY(mc_zip_check(&f->zip, i, e));
    MC_TRY(mc_buf_reserve(b, (size_t)m->bytes, e));
    MC_TRY(mc_zip_read(&f->zip, m->at, b->p, m->bytes, e));
    b->n = (size_t)m->bytes;
    return 0;
}

// Files of before torch 2.1 do not say, and are little-endian.
static int check_order(struct mc_torch_file *f, struct mc_error *e) {
    static const char little[] = "little", name[] = "byteorder";
    struct mc_buf b = {0};
    if (find(f, name, strlen(name)) < 0) return 0;
    int rc = read_member(f, name, 16, &b, e);
    if (rc == 0 && (b.n != strlen(little) || memcmp(b.p, little, b.n) != 0))
        rc = mc_fail_file(e, MC_ERR_INPUT, f->zip.path, "%s: '%.*s', not %s", name, (int)b.n, b.p,
                          little);
    mc_buf_release(&b);
    return rc;
}

// --- tensors of the pickle

struct parse {
    struct mc_torch_file *f;
    const struct mc_pickle *k;
    struct mc_doc *d;
    char name[NAME_BYTES]; // of the tensor at hand
};

static int bad(const struct parse *x, struct mc_error *e, const char *what) {
    return mc_fail(e, MC_ERR_INPUT, "tensor %s: %s", x->name, what);
}

// The items of a tuple, those that are missing are NULL; false where it has not between `least` and
// `most`, or is none.
static bool take_tuple(const struct parse *x, const struct mc_value *v, uint32_t least,
                       uint32_t most, const struct mc_value **out) {
    if (v->kind != MC_VALUE_TUPLE || v->n < least || v->n > most) return false;
    uint32_t at = 0;
    for (uint32_t i = 0; i < most; i++) out[i] = mc_pickle_next(x->k, v, &at);
    return true;
}

static bool is_text(const struct mc_value *v, const char *s) {
    return v->kind == MC_VALUE_TEXT && v->text_bytes == strlen(s) &&
           memcmp(v->text, s, v->text_bytes) == 0;
}

// A text that can be a name, and its NUL, into out[size]; false where it is none.
static bool take_name(const struct mc_value *v, char *out, size_t size) {
    if (v->kind != MC_VALUE_TEXT || v->text_bytes >= size) return false;
    memcpy(out, v->text, v->text_bytes);
    out[v->text_bytes] = 0;
    return mc_utf8_name(out, v->text_bytes);
}

// ('storage', torch.FloatStorage, KEY, device, number of elements), which the member must have.
static int take_storage(const struct parse *x, const struct mc_value *v, enum mc_dtype *type,
                        struct place *p, uint64_t *n, struct mc_error *e) {
    static const char no[] = "its storage is none";
    const struct mc_value *a[5] = {NULL};
    char key[64], name[MEMBER_BYTES];
    if (v->kind != MC_VALUE_PERSISTENT || !take_tuple(x, mc_pickle_of(x->k, v), 5, 5, a))
        return bad(x, e, no);
    if (!is_text(a[0], "storage") || a[1]->kind != MC_VALUE_GLOBAL || a[1]->global < STORAGES ||
        !take_name(a[2], key, sizeof key) || a[4]->kind != MC_VALUE_INT || a[4]->number < 0)
        return bad(x, e, no);
    *type = DTYPES[a[1]->global - STORAGES];
    *n = (uint64_t)a[4]->number;
    int m = snprintf(name, sizeof name, "data/%s", key);
    if ((p->member = find(x->f, name, (size_t)m)) < 0)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: no %s in the archive", x->name, name);
    uint64_t bytes = x->f->zip.member[p->member].bytes;
    if (bytes % mc_dtype_size(*type) || bytes / mc_dtype_size(*type) != *n)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: %s has %llu bytes, not %llu elements of %s",
                       x->name, name, (unsigned long long)bytes, (unsigned long long)*n,
                       mc_dtype_name(*type));
    return 0;
}

// The sizes or the strides.
static int take_numbers(const struct parse *x, const struct mc_value *v, uint64_t *to, int *n,
                        struct mc_error *e) {
    const struct mc_value *a[MC_DIMS] = {NULL};
    if (!take_tuple(x, v, 0, MC_DIMS, a)) return bad(x, e, "its sizes or strides are none");
    *n = (int)v->n;
    for (int i = 0; i < *n; i++) {
        if (a[i]->kind != MC_VALUE_INT || a[i]->number < 0)
            return bad(x, e, "a size or stride is none");
        to[i] = (uint64_t)a[i]->number;
    }
    return 0;
}

// Where its elements are, all within a storage of `all` of them. One that has more than its
// storage, by a stride of 0, would take memory that the file does not have.
static int lay_out(const struct parse *x, struct place *p, int rank, const uint64_t *dim,
                   uint64_t all, struct mc_error *e) {
    static const char outside[] = "it does not lie within its storage";
    uint64_t reach = 0, step;
    p->n = 1;
    p->in_order = true;
    for (int i = 0; i < rank; i++)
        if (dim[i] == 0) p->n = 0;
    if (p->n == 0) return p->first > all ? bad(x, e, outside) : 0;
    for (int i = rank - 1; i >= 0; i--) {
        p->in_order &= dim[i] == 1 || p->stride[i] == p->n;
        if (__builtin_mul_overflow(p->n, dim[i], &p->n) ||
            __builtin_mul_overflow(dim[i] - 1, p->stride[i], &step) ||
            __builtin_add_overflow(reach, step, &reach))
            return bad(x, e, outside);
    }
    if (p->first >= all || reach >= all - p->first || p->n > all) return bad(x, e, outside);
    p->span = reach + 1;
    return 0;
}

// The arguments of _rebuild_tensor_v2(storage, first, sizes, strides, requires_grad, hooks[,
// metadata])
static int take_tensor(const struct parse *x, const struct mc_value *args, struct mc_error *e) {
    static const char no[] = "not made as tensors are";
    const struct mc_value *a[7] = {NULL};
    struct place p = {0};
    enum mc_dtype type = MC_F32;
    uint64_t dim[MC_DIMS] = {0}, all = 0;
    int rank = 0, n_strides = 0;
    if (!take_tuple(x, args, 6, 7, a)) return bad(x, e, no);
    if (a[1]->kind != MC_VALUE_INT || a[1]->number < 0) return bad(x, e, no);
    if (a[5]->kind != MC_VALUE_DICT || a[5]->n) return bad(x, e, "it has hooks");
    if (a[6] && a[6]->kind != MC_VALUE_NONE && (a[6]->kind != MC_VALUE_DICT || a[6]->n))
        return bad(x, e, "it has metadata");
    MC_TRY(take_storage(x, a[0], &type, &p, &all, e));
    p.first = (uint64_t)a[1]->number;
    MC_TRY(take_numbers(x, a[2], dim, &rank, e));
    MC_TRY(take_numbers(x, a[3], p.stride, &n_strides, e));
    if (rank != n_strides) return bad(x, e, no);
    MC_TRY(lay_out(x, &p, rank, dim, all, e));
    if (mc_doc_find(x->d, x->name) >= 0) return bad(x, e, "there twice");
    MC_TRY(mc_doc_add(x->d, x->name, type, rank, dim, e));
    x->f->place[x->d->n_tensors - 1] = p;
    return 0;
}

// Attributes that somebody has set: numbers and texts by name, or none. They are dropped.
static bool plain_dict(const struct parse *x, const struct mc_value *v) {
    const struct mc_value *item;
    uint32_t at = 0;
    bool key = true;
    if (v->kind == MC_VALUE_NONE) return true;
    if (v->kind != MC_VALUE_DICT) return false;
    for (; (item = mc_pickle_next(x->k, v, &at)); key = !key) {
        bool text = item->kind == MC_VALUE_TEXT, plain = text || item->kind <= MC_VALUE_INT;
        if (key ? !text : !plain) return false;
    }
    return true;
}

// Those of the object's dict, or of that and its slots.
static bool plain_state(const struct parse *x, const struct mc_value *v) {
    const struct mc_value *a[2] = {NULL};
    if (v->kind != MC_VALUE_TUPLE) return plain_dict(x, v);
    return take_tuple(x, v, 2, 2, a) && plain_dict(x, a[0]) && plain_dict(x, a[1]);
}

static bool is_call(const struct mc_value *v, enum global of) {
    return v->kind == MC_VALUE_CALL && v->global == of;
}

static bool is_global(const struct mc_value *v, enum global of) {
    return v->kind == MC_VALUE_GLOBAL && v->global == of;
}

// A tensor, or a parameter around one, or either with attributes:
//   _rebuild_parameter(data, requires_grad, hooks)
//   _rebuild_parameter_with_state(data, requires_grad, hooks, state)
//   _rebuild_from_type_v2(_rebuild_tensor_v2, torch.Tensor, its arguments, state)
static int take_value(const struct parse *x, const struct mc_value *v, struct mc_error *e) {
    static const char no[] = "no tensor", more[] = "its attributes are more than numbers and texts";
    const struct mc_value *a[4] = {NULL},
                          *args = v->kind == MC_VALUE_CALL ? mc_pickle_of(x->k, v) : NULL;
    if (is_call(v, PARAMETER)) {
        if (!take_tuple(x, args, 3, 3, a)) return bad(x, e, no);
        v = a[0];
    } else if (is_call(v, WITH_STATE)) {
        if (!take_tuple(x, args, 4, 4, a)) return bad(x, e, no);
        if (a[2]->kind != MC_VALUE_DICT || a[2]->n) return bad(x, e, "it has hooks");
        if (!plain_state(x, a[3])) return bad(x, e, more);
        v = a[0];
    }
    if (is_call(v, REBUILD)) return take_tensor(x, mc_pickle_of(x->k, v), e);
    if (!is_call(v, OF_TYPE) || !take_tuple(x, mc_pickle_of(x->k, v), 4, 4, a) ||
        !is_global(a[0], REBUILD) || !is_global(a[1], TENSOR))
        return bad(x, e, no);
    return plain_state(x, a[3]) ? take_tensor(x, a[2], e) : bad(x, e, more);
}

static int take_root(struct parse *x, struct mc_error *e) {
    const struct mc_value *root = mc_pickle_root(x->k), *key;
    uint32_t at = 0;
    if (root->kind != MC_VALUE_DICT)
        return mc_fail(e, MC_ERR_INPUT, "what was saved is no dict of tensors");
    if (!(x->f->place = mc_new(root->n / 2, sizeof *x->f->place, e))) return MC_ERR_MEM;
    while ((key = mc_pickle_next(x->k, root, &at))) {
        if (!take_name(key, x->name, sizeof x->name))
            return mc_fail(e, MC_ERR_INPUT, "a name of a tensor is no text");
        MC_TRY(take_value(x, mc_pickle_next(x->k, root, &at), e));
    }
    return 0;
}

static int read_pickle(struct mc_torch_file *f, struct mc_doc *d, struct mc_error *e) {
    static const char name[] = "data.pkl";
    struct mc_buf b = {0};
    struct mc_pickle *k = NULL;
    int rc = read_member(f, name, PICKLE_MAX, &b, e);
    if (rc == 0) {
        rc = mc_pickle_read(&k, b.p, b.n, GLOBALS, e);
        struct parse p = {.f = f, .k = k, .d = d};
        if (rc == 0) rc = take_root(&p, e);
        if (rc < 0) mc_fail_in_file(e, "%s: %s", f->zip.path, name);
    }
    mc_pickle_free(k);
    mc_buf_release(&b);
    return rc;
}

int mc_torch_open(struct mc_torch_file **out, struct mc_doc *d, const char *path,
                  struct mc_error *e) {
    struct mc_torch_file *f = mc_new(1, sizeof *f, e);
    *out = NULL;
    if (!f) return MC_ERR_MEM;
    int rc = mc_zip_open(&f->zip, path, e);
    if (rc == 0) rc = check_format(&f->zip, e);
    if (rc == 0) rc = mc_zip_list(&f->zip, e);
    if (rc == 0) rc = find_root(f, e);
    if (rc == 0) rc = check_order(f, e);
    if (rc == 0) rc = read_pickle(f, d, e);
    if (rc == 0)
        *out = f;
    else
        mc_torch_close(f);
    return rc;
}

void mc_torch_close(struct mc_torch_file *f) {
    if (!f) return;
    mc_zip_close(&f->zip);
    free(f->place);
    free(f);
}

// --- data

// Elements of `size` bytes from their places in the storage to one behind the other.
static void gather(const struct place *p, int rank, const uint64_t *dim, size_t size,
                   const uint8_t *from, uint8_t *to) {
    uint64_t at[MC_DIMS] = {0}, where = 0;
    for (uint64_t i = 0; i < p->n; i++, to += size) {
        memcpy(to, from + where * size, size);
        for (int k = rank - 1; k >= 0; k--) {
            where += p->stride[k];
            if (++at[k] < dim[k]) break;
            where -= dim[k] * p->stride[k];
            at[k] = 0;
        }
    }
}

int mc_torch_data(struct mc_torch_file *f, const struct mc_doc *d, int i, void *to,
                  struct mc_error *e) {
    const struct place *p = &f->place[i];
    const struct mc_tensor *t = &d->tensor[i];
    size_t size = mc_dtype_size(t->dtype);
    if (p->n == 0) return 0;
    MC_TRY(mc_zip_check(&f->zip, p->member, e));
    uint64_t at = f->zip.member[p->member].at + p->first * size;
    if (p->in_order) return mc_zip_read(&f->zip, at, to, t->bytes, e);
    uint8_t *span = mc_new((size_t)p->span, size, e);
    int rc = span ? mc_zip_read(&f->zip, at, span, p->span * size, e) : MC_ERR_MEM;
    if (rc == 0) gather(p, t->rank, t->dim, size, span, to);
    free(span);
    return rc;
}
