// Zip archives of stored members. The directory at the end of the file says what there is, in 32 or
// (zip64) 64 bits; each entry is held against the header in front of its data.
#include "zip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "mc/utf8.h"

enum {
    END = 22,       // bytes of the end record, which has no comment
    LOCATOR = 20,   // of what points to the end record of zip64
    END64 = 56,     // of that record
    ENTRY = 46,     // of an entry of the directory, before its name
    HEADER = 30,    // of the header before a member's data, before its name
    STORED = 0,     // the one method
    ENCRYPTED = 65, // flags: encrypted, strongly encrypted
    NAME_MAX_BYTES = 512,
    DIRECTORY_MAX = 1 << 26
};

static uint32_t u16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }
static uint32_t u32(const uint8_t *p) { return u16(p) | u16(p + 2) << 16; }
static uint64_t u64(const uint8_t *p) { return u32(p) | (uint64_t)u32(p + 4) << 32; }

static bool begins(const uint8_t *p, uint8_t a, uint8_t b) {
    return p[0] == 'P' && p[1] == 'K' && p[2] == a && p[3] == b;
}

static int bad(const struct mc_zip *z, struct mc_error *e, const char *what) {
    return mc_fail_file(e, MC_ERR_INPUT, z->path, "%s", what);
}

static int bad_member(const struct mc_zip *z, const char *name, struct mc_error *e,
                      const char *what) {
    return mc_fail_file(e, MC_ERR_INPUT, z->path, "member %s: %s", name, what);
}

int mc_zip_read(const struct mc_zip *z, uint64_t at, void *to, uint64_t n, struct mc_error *e) {
    uint8_t *p = to;
    while (n) {
        ssize_t k = pread(z->fd, p, n < 1 << 30 ? (size_t)n : 1 << 30, (off_t)at);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) {
            mc_fail_errno(e, "cannot read");
            return mc_fail_in_file(e, "%s", z->path);
        }
        if (k == 0) return bad(z, e, "cut while it was read");
        p += k;
        at += (uint64_t)k;
        n -= (uint64_t)k;
    }
    return 0;
}

// --- the directory

struct directory {
    uint64_t at, bytes, n; // where it lies, how many entries it has
};

static int read_end64(const struct mc_zip *z, const uint8_t *locator, struct directory *d,
                      struct mc_error *e) {
    uint8_t b[END64];
    uint64_t at = u64(locator + 8);
    if (u32(locator + 4) != 0 || u32(locator + 16) > 1)
        return bad(z, e, "a zip archive in several parts");
    if (at > z->size - END - LOCATOR || z->size - END - LOCATOR - at < END64)
        return bad(z, e, "its zip64 end record lies outside of it");
    MC_TRY(mc_zip_read(z, at, b, sizeof b, e));
    if (!begins(b, 6, 6)) return bad(z, e, "its zip64 end record is damaged");
    *d = (struct directory){.at = u64(b + 48), .bytes = u64(b + 40), .n = u64(b + 32)};
    if (d->at > at || at - d->at < d->bytes) return bad(z, e, "its directory lies outside of it");
    return 0;
}

static int read_end(const struct mc_zip *z, struct directory *d, struct mc_error *e) {
    uint8_t b[LOCATOR + END];
    uint64_t n = z->size < sizeof b ? z->size : sizeof b;
    if (n < END) return bad(z, e, "cut: no zip archive is so short");
    MC_TRY(mc_zip_read(z, z->size - n, b, n, e));
    const uint8_t *end = b + n - END;
    if (!begins(end, 5, 6) || u16(end + 20) != 0)
        return bad(z, e, "cut: the directory of the zip archive is not at its end");
    if (n == sizeof b && begins(b, 6, 7)) return read_end64(z, b, d, e);
    if (u16(end + 4) != 0 || u16(end + 6) != 0) return bad(z, e, "a zip archive in several parts");
    *d = (struct directory){.at = u32(end + 16), .bytes = u32(end + 12), .n = u16(end + 10)};
    if (d->at > z->size - END || z->size - END - d->at < d->bytes)
        return bad(z, e, "its directory lies outside of it");
    return 0;
}

// Sizes that stand in the extra field because 32 bits are too few: in this order, those that are
// all ones before it.
static bool read_zip64(const uint8_t *extra, size_t n, uint64_t *size, uint64_t *packed,
                       uint64_t *at) {
    uint64_t *const to[] = {size, packed, at};
    while (n >= 4 && u16(extra) != 1) {
        size_t k = 4 + u16(extra + 2);
        if (k > n) return false;
        extra += k;
        n -= k;
    }
    const uint8_t *p = extra + 4, *end = n >= 4 && u16(extra + 2) <= n - 4 ? p + u16(extra + 2) : p;
    for (int i = 0; i < 3; i++) {
        if (*to[i] != UINT32_MAX) continue;
        if (end - p < 8) return false;
        *to[i] = u64(p);
        p += 8;
    }
    return true;
}

static const char *member_name(const void *of, int i) {
    return ((const struct mc_zip *)of)->member[i].name;
}

int mc_zip_find(const struct mc_zip *z, const char *name) {
    return mc_names_find(&z->names, z, member_name, name);
}

// The header before a member's data must be that of the entry; behind it the data begin.
static int find_data(const struct mc_zip *z, struct mc_zip_member *m, uint64_t header,
                     uint64_t directory, struct mc_error *e) {
    uint8_t b[HEADER + NAME_MAX_BYTES];
    size_t n = strlen(m->name);
    if (header > directory || directory - header < HEADER + n)
        return bad_member(z, m->name, e, "its header lies outside of the archive");
    MC_TRY(mc_zip_read(z, header, b, HEADER + n, e));
    if (!begins(b, 3, 4) || u16(b + 26) != n || memcmp(b + HEADER, m->name, n) != 0 ||
        (u16(b + 6) & ENCRYPTED) || u16(b + 8) != STORED)
        return bad_member(z, m->name, e, "its header is not that of the directory");
    m->at = header + HEADER + n + u16(b + 28);
    if (m->at > directory || directory - m->at < m->bytes)
        return bad_member(z, m->name, e, "its data lie outside of the archive");
    return 0;
}

// One entry at p[left); *used: its bytes.
static int read_entry(struct mc_zip *z, const uint8_t *p, size_t left, uint64_t directory,
                      size_t *used, struct mc_error *e) {
    if (left < ENTRY || !begins(p, 1, 2)) return bad(z, e, "its directory is damaged");
    size_t n = u16(p + 28), extra = u16(p + 30);
    *used = ENTRY + n + extra + u16(p + 32);
    if (*used > left) return bad(z, e, "its directory is damaged");
    if (n > NAME_MAX_BYTES) return bad(z, e, "a member's name is too long");
    struct mc_zip_member *m = &z->member[z->n];
    if (!(m->name = mc_new(n + 1, 1, e))) return MC_ERR_MEM;
    memcpy(m->name, p + ENTRY, n);
    z->n++;
    if (!mc_utf8_name(m->name, n)) return bad(z, e, "a member's name is no text");
    uint64_t packed = u32(p + 20), at = u32(p + 42);
    m->bytes = u32(p + 24);
    m->crc = u32(p + 16);
    if (!read_zip64(p + ENTRY + n, extra, &m->bytes, &packed, &at))
        return bad_member(z, m->name, e, "its zip64 sizes are missing");
    if (u16(p + 8) & ENCRYPTED) return bad_member(z, m->name, e, "encrypted");
    if (u16(p + 10) != STORED)
        return bad_member(z, m->name, e, "compressed, which torch.save does not do");
    if (packed != m->bytes) return bad_member(z, m->name, e, "stored, but of two sizes");
    if (mc_zip_find(z, m->name) >= 0) return bad_member(z, m->name, e, "there twice");
    MC_TRY(mc_names_add(&z->names, z, member_name, e));
    return find_data(z, m, at, directory, e);
}

static int read_directory(struct mc_zip *z, const struct directory *d, struct mc_error *e) {
    if (d->bytes > DIRECTORY_MAX || d->n > d->bytes / ENTRY)
        return bad(z, e, "its directory is too large, or too small for its entries");
    uint8_t *p = mc_new((size_t)d->bytes, 1, e);
    int rc = p ? mc_zip_read(z, d->at, p, d->bytes, e) : MC_ERR_MEM;
    if (rc == 0 && !(z->member = mc_new((size_t)d->n, sizeof *z->member, e))) rc = MC_ERR_MEM;
    size_t pos = 0, used = 0;
    uint64_t sum = 0;
    for (uint64_t i = 0; rc == 0 && i < d->n; i++, pos += used) {
        rc = read_entry(z, p + pos, (size_t)d->bytes - pos, d->at, &used, e);
        if (rc == 0 && (sum += z->member[i].bytes) > z->size)
            rc = bad(z, e, "its members are larger than the file");
    }
    if (rc == 0 && pos != d->bytes) rc = bad(z, e, "its directory has more than its entries");
    free(p);
    return rc;
}

int mc_zip_open(struct mc_zip *z, const char *path, struct mc_error *e) {
    struct stat st;
    *z = (struct mc_zip){.fd = -1};
    if (!(z->path = mc_strdup(path, e))) return MC_ERR_MEM;
    if ((z->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0 || fstat(z->fd, &st) < 0) {
        mc_fail_errno(e, "cannot open");
        return mc_fail_in_file(e, "%s", path);
    }
    if (!S_ISREG(st.st_mode)) return bad(z, e, "no regular file");
    z->size = (uint64_t)st.st_size;
    return 0;
}

int mc_zip_list(struct mc_zip *z, struct mc_error *e) {
    struct directory d = {0};
    MC_TRY(read_end(z, &d, e));
    return read_directory(z, &d, e);
}

int mc_zip_check(struct mc_zip *z, int i, struct mc_error *e) {
    uint8_t b[1 << 16];
    struct mc_zip_member *m = &z->member[i];
    uLong crc = crc32(0, NULL, 0);
    if (m->checked || m->crc == 0) return 0;
    for (uint64_t done = 0; done < m->bytes;) {
        uint64_t k = m->bytes - done < sizeof b ? m->bytes - done : sizeof b;
        MC_TRY(mc_zip_read(z, m->at + done, b, k, e));
        crc = crc32(crc, b, (uInt)k);
        done += k;
    }
    if ((uint32_t)crc != m->crc) return bad_member(z, m->name, e, "the CRC of its data differs");
    m->checked = true;
    return 0;
}

void mc_zip_close(struct mc_zip *z) {
    if (z->fd >= 0) close(z->fd);
    for (int i = 0; i < z->n; i++) free(z->member[i].name);
    free(z->member);
    free(z->path);
    mc_names_release(&z->names);
    *z = (struct mc_zip){.fd = -1};
}
