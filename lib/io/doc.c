#include "mc/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/json.h"
#include "mc/utf8.h"

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

int mc_doc_copy_meta(struct mc_doc *to, const struct mc_doc *from, struct mc_error *e) {
    for (int i = 0; i < from->n_meta; i++)
        MC_TRY(mc_doc_set(to, from->meta[i].key, from->meta[i].value, e));
    return 0;
}

int mc_doc_find(const struct mc_doc *d, const char *name) {
    for (int i = 0; i < d->n_tensors; i++)
        if (strcmp(d->tensor[i].name, name) == 0) return i;
    return -1;
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
    if ((n & (n - 1)) == 0) { // room grows by powers of two
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
    if (rc < 0) {
        free(t.name);
        return rc;
    }
    d->tensor[d->n_tensors++] = t;
    return 0;
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

static int parse_meta(struct mc_doc *d, json_t *meta, struct mc_error *e) {
    if (!json_is_object(meta)) return mc_fail(e, MC_ERR_INPUT, "__metadata__ is no object");
    const char *key;
    json_t *v;
    if (!(d->meta = mc_new(json_object_size(meta), sizeof *d->meta, e))) return MC_ERR_MEM;
    json_object_foreach(meta, key, v) {
        if (!json_is_string(v)) return mc_fail(e, MC_ERR_INPUT, "metadata %s: not a string", key);
        struct mc_meta *m = &d->meta[d->n_meta++];
        m->key = mc_strdup(key, e);
        m->value = mc_strdup(json_string_value(v), e);
        if (!m->key || !m->value) return MC_ERR_MEM;
    }
    qsort(d->meta, (size_t)d->n_meta, sizeof *d->meta, by_key); // keys are unique
    return 0;
}

static int parse_tensors(struct mc_doc *d, json_t *root, struct mc_error *e) {
    const char *key;
    json_t *v;
    d->tensor = mc_new(json_object_size(root), sizeof *d->tensor, e);
    if (!d->tensor) return MC_ERR_MEM;
    json_object_foreach(root, key, v) {
        if (strcmp(key, "__metadata__") == 0) {
            MC_TRY(parse_meta(d, v, e));
            continue;
        }
        // counted first, so that a failure inside still frees the name
        MC_TRY(parse_tensor(&d->tensor[d->n_tensors++], key, v, e));
    }
    qsort(d->tensor, (size_t)d->n_tensors, sizeof *d->tensor, by_offset);
    for (int i = 0; i < d->n_tensors; i++) {
        if (d->tensor[i].at != d->data_bytes)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s: %s before its data", d->tensor[i].name,
                           d->tensor[i].at > d->data_bytes ? "a gap" : "an overlap");
        d->data_bytes += d->tensor[i].bytes;
    }
    return 0;
}

int mc_doc_parse(struct mc_doc *d, const char *json, size_t n, struct mc_error *e) {
    *d = (struct mc_doc){0};
    if (n == 0 || json[0] != '{') return mc_fail(e, MC_ERR_INPUT, "header does not begin with {");
    json_error_t je;
    json_t *root;
    int rc = mc_json_load(&root, json, n, JSON_REJECT_DUPLICATES, &je, e);
    if (rc == MC_ERR_INPUT) mc_fail(e, rc, "header: %s at byte %d", je.text, je.position);
    if (rc < 0) return rc;
    rc = parse_tensors(d, root, e);
    json_decref(root);
    if (rc < 0) mc_doc_release(d);
    return rc;
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
