// Documents: the header of a safetensors file (metadata, and the list of its tensors), parsed
// strictly a member at a time, and written.
#include "mc/doc.h"

#include <stdlib.h>
#include <string.h>

#include "mc/json.h"
#include "mc/utf8.h"

enum { TENSOR_TEXT = 4096 }; // bytes that describe a tensor, at most

static const struct {
    const char *name;
    size_t size;
} DTYPE[MC_DTYPES] = {
    [MC_F32] = {"F32", 4},   [MC_F64] = {"F64", 8}, [MC_F16] = {"F16", 2}, [MC_BF16] = {"BF16", 2},
    [MC_I64] = {"I64", 8},   [MC_I32] = {"I32", 4}, [MC_I16] = {"I16", 2}, [MC_I8] = {"I8", 1},
    [MC_U64] = {"U64", 8},   [MC_U32] = {"U32", 4}, [MC_U16] = {"U16", 2}, [MC_U8] = {"U8", 1},
    [MC_BOOL] = {"BOOL", 1},
};

const char *mc_dtype_name(enum mc_dtype t) { return DTYPE[t].name; }
size_t mc_dtype_size(enum mc_dtype t) { return DTYPE[t].size; }

void mc_doc_release(struct mc_doc *d) {
    for (int i = 0; i < d->n_meta; i++) {
        free(d->meta[i].key);
        free(d->meta[i].value);
    }
    for (int i = 0; i < d->n_tensors; i++) free(d->tensor[i].name);
    free(d->meta);
    free(d->tensor);
    mc_names_release(&d->names);
    *d = (struct mc_doc){0};
}

const char *mc_doc_get(const struct mc_doc *d, const char *key) {
    for (int i = 0; i < d->n_meta; i++)
        if (strcmp(d->meta[i].key, key) == 0) return d->meta[i].value;
    return NULL;
}

static void remove_meta(struct mc_doc *d, int i) {
    free(d->meta[i].key);
    free(d->meta[i].value);
    memmove(&d->meta[i], &d->meta[i + 1], (size_t)(d->n_meta - i - 1) * sizeof *d->meta);
    d->n_meta--;
}

int mc_doc_set(struct mc_doc *d, const char *key, const char *value, struct mc_error *e) {
    int i = 0;
    while (i < d->n_meta && strcmp(d->meta[i].key, key) < 0) i++;
    bool there = i < d->n_meta && strcmp(d->meta[i].key, key) == 0;
    if (!value) {
        if (there) remove_meta(d, i);
        return 0;
    }
    char *v = mc_strdup(value, e);
    if (!v) return MC_ERR_MEM;
    if (there) {
        free(d->meta[i].value);
        d->meta[i].value = v;
        return 0;
    }
    char *k = mc_strdup(key, e);
    void *p = k ? mc_resize(d->meta, (size_t)d->n_meta + 1, sizeof *d->meta, e) : NULL;
    if (!p) {
        free(v);
        free(k);
        return MC_ERR_MEM;
    }
    d->meta = p;
    memmove(&d->meta[i + 1], &d->meta[i], (size_t)(d->n_meta - i) * sizeof *d->meta);
    d->meta[i].key = k;
    d->meta[i].value = v;
    d->n_meta++;
    return 0;
}

static int copy_meta(struct mc_meta *to, const struct mc_meta *from, struct mc_error *e) {
    to->key = mc_strdup(from->key, e);
    to->value = to->key ? mc_strdup(from->value, e) : NULL;
    if (to->value) return 0;
    free(to->key);
    return MC_ERR_MEM;
}

// Keys of both are sorted, so one walk through the two merges them.
int mc_doc_copy_meta(struct mc_doc *to, const struct mc_doc *from, struct mc_error *e) {
    struct mc_meta *all = mc_new((size_t)(to->n_meta + from->n_meta), sizeof *all, e);
    if (!all) return MC_ERR_MEM;
    int rc = 0, n = 0, i = 0, k = 0;
    while (i < to->n_meta || k < from->n_meta) {
        int d = i == to->n_meta     ? 1
                : k == from->n_meta ? -1
                                    : strcmp(to->meta[i].key, from->meta[k].key);
        if (d < 0 || rc < 0) { // where memory ran out, what was there stays
            if (i == to->n_meta) break;
            all[n++] = to->meta[i++];
            continue;
        }
        rc = copy_meta(&all[n], &from->meta[k++], e);
        if (rc < 0) continue;
        n++;
        if (d > 0) continue;
        free(to->meta[i].key);
        free(to->meta[i++].value);
    }
    free(to->meta);
    to->meta = all;
    to->n_meta = n;
    return rc;
}

static const char *tensor_name(const void *of, int i) {
    return ((const struct mc_doc *)of)->tensor[i].name;
}

int mc_doc_find(const struct mc_doc *d, const char *name) {
    return mc_names_find(&d->names, d, tensor_name, name);
}

// Bytes of a tensor, or an error when they overflow.
static int tensor_bytes(struct mc_tensor *t, struct mc_error *e) {
    uint64_t n = mc_dtype_size(t->dtype);
    for (int i = 0; i < t->rank; i++)
        if (__builtin_mul_overflow(n, t->dim[i], &n) || n > INT64_MAX)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s: its size overflows", t->name);
    t->bytes = n;
    return 0;
}

int mc_doc_add(struct mc_doc *d, const char *name, enum mc_dtype type, int rank,
               const uint64_t *dim, struct mc_error *e) {
    if (rank > MC_DIMS) return mc_fail(e, MC_ERR_INPUT, "tensor %s: %d dimensions", name, rank);
    int n = d->n_tensors;
    if ((n & (n - 1)) == 0) { // memory grows by powers of two
        void *p = mc_resize(d->tensor, n ? 2 * (size_t)n : 1, sizeof *d->tensor, e);
        if (!p) return MC_ERR_MEM;
        d->tensor = p;
    }
    struct mc_tensor t = {
        .name = mc_strdup(name, e), .dtype = type, .rank = rank, .at = d->data_bytes};
    if (!t.name) return MC_ERR_MEM;
    for (int i = 0; i < rank; i++) t.dim[i] = dim[i];
    int rc = tensor_bytes(&t, e);
    if (rc == 0 && __builtin_add_overflow(d->data_bytes, t.bytes, &d->data_bytes))
        rc = mc_fail(e, MC_ERR_INPUT, "tensor %s: the document's size overflows", name);
    d->tensor[d->n_tensors] = t;
    if (rc == 0) rc = mc_names_add(&d->names, d, tensor_name, e);
    if (rc < 0)
        free(t.name);
    else
        d->n_tensors++;
    return rc;
}

// --- parsing

static int parse_u64(const json_t *v, uint64_t *out) {
    if (!json_is_integer(v) || json_integer_value(v) < 0) return -1;
    *out = (uint64_t)json_integer_value(v);
    return 0;
}

static int parse_dtype(const json_t *v, enum mc_dtype *out) {
    const char *s = json_string_value(v);
    for (int i = 0; s && i < MC_DTYPES; i++)
        if (strcmp(DTYPE[i].name, s) == 0) {
            *out = (enum mc_dtype)i;
            return 0;
        }
    return -1;
}

static int parse_tensor(struct mc_tensor *t, const char *name, const json_t *v,
                        struct mc_error *e) {
    const json_t *shape = json_object_get(v, "shape"), *span = json_object_get(v, "data_offsets");
    if (!json_is_object(v) || json_object_size(v) != 3 || !json_is_array(shape) ||
        !json_is_array(span))
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: not an object of dtype, shape and data_offsets",
                       name);
    if (parse_dtype(json_object_get(v, "dtype"), &t->dtype) < 0)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: unknown dtype", name);
    if (json_array_size(shape) > MC_DIMS)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: more than %d dimensions", name, MC_DIMS);
    if (!(t->name = mc_strdup(name, e))) return MC_ERR_MEM;
    t->rank = (int)json_array_size(shape);
    for (int i = 0; i < t->rank; i++)
        if (parse_u64(json_array_get(shape, (size_t)i), &t->dim[i]) < 0)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s: a dimension is no whole number", name);
    MC_TRY(tensor_bytes(t, e));
    uint64_t end;
    if (json_array_size(span) != 2 || parse_u64(json_array_get(span, 0), &t->at) < 0 ||
        parse_u64(json_array_get(span, 1), &end) < 0 || end < t->at)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: data_offsets are no span", name);
    if (end - t->at != t->bytes)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: %llu bytes of data for a shape of %llu", name,
                       (unsigned long long)(end - t->at), (unsigned long long)t->bytes);
    return 0;
}

static int by_offset(const void *a, const void *b) {
    const struct mc_tensor *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct mc_meta *)a)->key, ((const struct mc_meta *)b)->key);
}

// Memory for one more element of an array that grows by powers of two.
static int grow(void *array, int n, size_t size, struct mc_error *e) {
    void **p = array;
    if ((n & (n - 1)) != 0) return 0;
    void *q = mc_resize(*p, n ? 2 * (size_t)n : 1, size, e);
    if (!q) return MC_ERR_MEM;
    *p = q;
    return 0;
}

static int meta_member(void *ctx, const char *key, const char *value, size_t n,
                       struct mc_error *e) {
    struct mc_doc *d = ctx;
    json_error_t je;
    json_t *v;
    if (*value != '"') return mc_fail(e, MC_ERR_INPUT, "metadata %s: not a string", key);
    if (mc_json_load(&v, value, n, JSON_DECODE_ANY, MC_JSON_FEW, &je, e) < 0)
        return mc_fail_in(e, "metadata %s", key);
    struct mc_meta m = {mc_strdup(key, e), mc_strdup(json_string_value(v), e)};
    json_decref(v);
    int rc = m.key && m.value ? grow(&d->meta, d->n_meta, sizeof *d->meta, e) : MC_ERR_MEM;
    if (rc == 0) {
        d->meta[d->n_meta++] = m;
    } else {
        free(m.key);
        free(m.value);
    }
    return rc;
}

static int parse_meta(struct mc_doc *d, const char *value, size_t n, struct mc_error *e) {
    if (d->meta) return mc_fail(e, MC_ERR_INPUT, "duplicate key __metadata__");
    if (*value != '{') return mc_fail(e, MC_ERR_INPUT, "__metadata__ is no object");
    if (!(d->meta = mc_new(1, sizeof *d->meta, e))) return MC_ERR_MEM;
    MC_TRY(mc_json_members(value, n, meta_member, d, e));
    qsort(d->meta, (size_t)d->n_meta, sizeof *d->meta, by_key);
    for (int i = 1; i < d->n_meta; i++)
        if (strcmp(d->meta[i - 1].key, d->meta[i].key) == 0)
            return mc_fail(e, MC_ERR_INPUT, "metadata: duplicate key %s", d->meta[i].key);
    return 0;
}

static int header_member(void *ctx, const char *key, const char *value, size_t n,
                         struct mc_error *e) {
    struct mc_doc *d = ctx;
    json_error_t je;
    json_t *v;
    if (strcmp(key, "__metadata__") == 0) return parse_meta(d, value, n, e);
    if (n > TENSOR_TEXT)
        return mc_fail(e, MC_ERR_INPUT, "tensor %s: described by %zu bytes", key, n);
    if (mc_json_load(&v, value, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, MC_JSON_FEW, &je, e) <
        0)
        return mc_fail_in(e, "tensor %s", key);
    int rc = grow(&d->tensor, d->n_tensors, sizeof *d->tensor, e);
    if (rc == 0) {
        struct mc_tensor *t = &d->tensor[d->n_tensors++]; // a failure inside still frees the name
        *t = (struct mc_tensor){0};
        rc = parse_tensor(t, key, v, e);
    }
    json_decref(v);
    return rc;
}

// Sorts the tensors by their data, which must lie one behind the other, and indexes their names,
// each of which must stand once.
static int order_tensors(struct mc_doc *d, struct mc_error *e) {
    if (d->n_tensors) qsort(d->tensor, (size_t)d->n_tensors, sizeof *d->tensor, by_offset);
    for (int i = 0; i < d->n_tensors; i++) {
        const struct mc_tensor *t = &d->tensor[i];
        if (mc_doc_find(d, t->name) >= 0)
            return mc_fail(e, MC_ERR_INPUT, "duplicate key %s", t->name);
        MC_TRY(mc_names_add(&d->names, d, tensor_name, e));
    }
    for (int i = 0; i < d->n_tensors; i++) {
        const struct mc_tensor *t = &d->tensor[i];
        if (t->at != d->data_bytes)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s: %s before its data", t->name,
                           t->at > d->data_bytes ? "a gap" : "an overlap");
        d->data_bytes += t->bytes;
    }
    return 0;
}

int mc_doc_parse(struct mc_doc *d, const char *json, size_t n, struct mc_error *e) {
    *d = (struct mc_doc){0};
    if (n == 0 || json[0] != '{') return mc_fail(e, MC_ERR_INPUT, "header does not begin with {");
    int rc = mc_json_members(json, n, header_member, d, e);
    if (rc == 0) rc = order_tensors(d, e);
    if (rc == 0) return 0;
    mc_doc_release(d);
    return rc == MC_ERR_INPUT ? mc_fail_in(e, "header") : rc;
}

// --- writing

int mc_json_string(struct mc_buf *out, const char *s, struct mc_error *e) {
    MC_TRY(mc_buf_add(out, "\"", 1, e));
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            MC_TRY(mc_buf_printf(out, e, "\\%c", c));
        else if (c == '\n')
            MC_TRY(mc_buf_add(out, "\\n", 2, e));
        else if (c < 32)
            MC_TRY(mc_buf_printf(out, e, "\\u%04x", c));
        else
            MC_TRY(mc_buf_add(out, s, 1, e));
    }
    return mc_buf_add(out, "\"", 1, e);
}

static int write_meta(const struct mc_doc *d, struct mc_buf *out, struct mc_error *e) {
    for (int i = 0; i < d->n_meta; i++) {
        const char *v = d->meta[i].value;
        if (mc_utf8_check(v, strlen(v)) < strlen(v)) // nobody could read it
            return mc_fail(e, MC_ERR_INPUT, "metadata %s: not UTF-8", d->meta[i].key);
        MC_TRY(mc_buf_printf(out, e, i ? "," : "\"__metadata__\":{"));
        MC_TRY(mc_json_string(out, d->meta[i].key, e));
        MC_TRY(mc_buf_add(out, ":", 1, e));
        MC_TRY(mc_json_string(out, d->meta[i].value, e));
    }
    return d->n_meta ? mc_buf_add(out, "}", 1, e) : 0;
}

static int write_tensor(const struct mc_tensor *t, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_json_string(out, t->name, e));
    MC_TRY(mc_buf_printf(out, e, ":{\"dtype\":\"%s\",\"shape\":[", mc_dtype_name(t->dtype)));
    for (int i = 0; i < t->rank; i++)
        MC_TRY(mc_buf_printf(out, e, "%s%llu", i ? "," : "", (unsigned long long)t->dim[i]));
    return mc_buf_printf(out, e, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)t->at,
                         (unsigned long long)(t->at + t->bytes));
}

int mc_doc_header(const struct mc_doc *d, struct mc_buf *out, struct mc_error *e) {
    size_t start = out->n;
    MC_TRY(mc_buf_add(out, "\0\0\0\0\0\0\0\0{", 9, e));
    MC_TRY(write_meta(d, out, e));
    for (int i = 0; i < d->n_tensors; i++) {
        if (i || d->n_meta) MC_TRY(mc_buf_add(out, ",", 1, e));
        MC_TRY(write_tensor(&d->tensor[i], out, e));
    }
    MC_TRY(mc_buf_add(out, "}", 1, e));
    while ((out->n - start) % 8) MC_TRY(mc_buf_add(out, " ", 1, e));
    uint64_t n = out->n - start - 8;
    if (n > MC_HEADER_MAX)
        return mc_fail(e, MC_ERR_INPUT, "a header of %llu bytes", (unsigned long long)n);
    for (int i = 0; i < 8; i++) out->p[start + (size_t)i] = (char)(n >> 8 * i);
    return 0;
}
