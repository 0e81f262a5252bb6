// Files of torch.save, and the pickle in them.
#include <string.h>
#include <zlib.h>

#include "../../lib/hf/torch_file.h"
#include "fuzz.h"
#include "mc/utf8.h"

// Opens the file and reads every tensor: what was accepted lies within the file, whose n bytes
// bound each of them, and is read without a complaint or with one of the CRC.
static int read_all(const char *path, size_t n, struct mc_error *e) {
    struct mc_torch_file *f;
    struct mc_doc d = {0};
    int rc = mc_torch_open(&f, &d, path, e);
    for (int i = 0; rc == 0 && i < d.n_tensors; i++) {
        const struct mc_tensor *t = &d.tensor[i];
        FUZZ_CHECK(t->bytes <= n && mc_utf8_name(t->name, strlen(t->name)));
        FUZZ_CHECK(mc_doc_find(&d, t->name) == i);
        uint8_t *data = malloc(t->bytes + 1);
        FUZZ_CHECK(data);
        rc = mc_torch_data(f, &d, i, data, e);
        free(data);
    }
    mc_torch_close(f);
    mc_doc_release(&d);
    return rc;
}

int fuzz_torch(const uint8_t *p, size_t n, struct mc_error *e) {
    char path[FUZZ_PATH];
    fuzz_file(path, "in", p, n);
    int rc = read_all(path, n, e);
    fuzz_file(path, "in", NULL, 0);
    return rc;
}

// --- the pickle alone: an archive is put around it

enum { STORAGES = 4, STORAGE_BYTES = 48 };

static void put(struct mc_buf *b, uint64_t x, int n) {
    struct mc_error e;
    uint8_t p[8];
    for (int i = 0; i < n; i++) p[i] = (uint8_t)(x >> 8 * i);
    FUZZ_OK(mc_buf_add(b, p, (size_t)n, &e), &e);
}

// One member into the file, and its entry into the directory.
static void add_member(struct mc_buf *file, struct mc_buf *list, const char *name, const void *p,
                       size_t n) {
    struct mc_error e;
    size_t at = file->n, k = strlen(name);
    struct mc_buf *const to[] = {file, list};
    uint32_t crc = (uint32_t)crc32(0, p, (uInt)n);
    for (int i = 0; i < 2; i++) {
        FUZZ_OK(mc_buf_add(to[i], i ? "PK\1\2\24\0" : "PK\3\4", i ? 6 : 4, &e), &e);
        put(to[i], 20, 2); // version, flags, method, time
        put(to[i], 0, 8);
        put(to[i], crc, 4);
        put(to[i], n, 4);
        put(to[i], n, 4);
        put(to[i], k, 4); // of the name; none of an extra field
        if (i) {
            put(to[i], 0, 8); // comment, disk, attributes
            put(to[i], 0, 2);
            put(to[i], at, 4);
        }
        FUZZ_OK(mc_buf_add(to[i], name, k, &e), &e);
    }
    FUZZ_OK(mc_buf_add(file, p, n, &e), &e);
}

int fuzz_pickle(const uint8_t *p, size_t n, struct mc_error *e) {
    char path[FUZZ_PATH], name[32];
    struct mc_error bad;
    struct mc_buf file = {0}, list = {0};
    uint8_t data[STORAGE_BYTES];
    for (int i = 0; i < STORAGE_BYTES; i++) data[i] = (uint8_t)i;
    add_member(&file, &list, "a/data.pkl", p, n);
    for (int i = 0; i < STORAGES; i++) {
        snprintf(name, sizeof name, "a/data/%d", i);
        add_member(&file, &list, name, data, (size_t)(STORAGE_BYTES >> i));
    }
    size_t at = file.n;
    FUZZ_OK(mc_buf_add(&file, list.p, list.n, &bad), &bad);
    FUZZ_OK(mc_buf_add(&file, "PK\5\6\0\0\0\0", 8, &bad), &bad);
    put(&file, STORAGES + 1, 2);
    put(&file, STORAGES + 1, 2);
    put(&file, list.n, 4);
    put(&file, at, 4);
    put(&file, 0, 2);
    fuzz_file(path, "in", file.p, file.n);
    int rc = read_all(path, STORAGE_BYTES, e);
    fuzz_file(path, "in", NULL, 0);
    mc_buf_release(&file);
    mc_buf_release(&list);
    return rc;
}
