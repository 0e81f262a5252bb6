// How many processors there are for this process: those it may run on, and no more than its share
// of time on them pays for. Control groups bound that share, each for all below it: version 2 in
// one tree (cpu.max), version 1 in the tree of its controller `cpu` (cpu.cfs_quota_us).
#define _GNU_SOURCE // sched_getaffinity
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc/pool.h"

static int of_affinity(void) {
    cpu_set_t set[16]; // of 16,384 processors: the kernel refuses a set that is too small
    if (sched_getaffinity(0, sizeof set, set) != 0) return 1;
    int n = CPU_COUNT_S(sizeof set, set);
    return n > 0 ? n : 1;
}

// The beginning of a file, as a text; without memory of its own, as this decides speed alone.
static bool read_text(const char *path, char *out, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = read(fd, out, size - 1);
    close(fd);
    out[n > 0 ? n : 0] = 0;
    return n > 0;
}

static bool read_file(const char *dir, const char *file, char out[64]) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", dir, file);
    return n > 0 && n < PATH_MAX && read_text(path, out, 64);
}

// Processors that a group's share of time pays for, rounded up; INT_MAX where it is not bounded.
static int of_group(const char *dir, bool v2) {
    char line[64], period[64];
    long long quota = -1, per = 0;
    if (v2) {
        if (!read_file(dir, "cpu.max", line) || sscanf(line, "%lld %lld", &quota, &per) != 2)
            return INT_MAX;
    } else if (read_file(dir, "cpu.cfs_quota_us", line) &&
               read_file(dir, "cpu.cfs_period_us", period)) {
        quota = atoll(line);
        per = atoll(period);
    }
    if (quota <= 0 || per <= 0) return INT_MAX;
    long long n = (quota + per - 1) / per;
    return n < INT_MAX ? (int)n : INT_MAX;
}

// The group and all above it, up to the root of the tree. Inside a container the path may be the
// host's, of which the root alone is seen.
static int of_tree(const char *mount, const char *tree, const char *group, bool v2) {
    char dir[PATH_MAX];
    int n = snprintf(dir, sizeof dir, "%s%s%s", mount, tree, group), least = INT_MAX;
    if (n < 0 || n >= PATH_MAX) return INT_MAX;
    size_t root = strlen(mount) + strlen(tree);
    for (;;) {
        int k = of_group(dir, v2);
        if (k < least) least = k;
        if (strlen(dir) <= root) return least;
        char *slash = strrchr(dir + root, '/');
        dir[slash ? (size_t)(slash - dir) : root] = 0;
    }
}

static bool has_cpu(const char *list) {
    for (const char *p = list; *p; p += p[strcspn(p, ",")] == ',') {
        size_t n = strcspn(p, ",");
        if (n == 3 && memcmp(p, "cpu", 3) == 0) return true;
        p += n;
    }
    return false;
}

int mc_quota_processors(const char *groups, const char *mount) {
    char text[4 * PATH_MAX], *next = text;
    int least = INT_MAX;
    if (!read_text(groups, text, sizeof text)) return INT_MAX;
    while (*next) { // "4:cpu,cpuacct:/a/b", "0::/a/b"
        char *line = next;
        next += strcspn(next, "\n");
        if (*next) *next++ = 0;
        char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
        if (!path) continue;
        *path++ = 0;
        list++;
        const char *const trees[] = {"", "/unified", "/cpu", "/cpu,cpuacct"};
        bool v2 = *list == 0;
        for (int i = v2 ? 0 : 2; (v2 || has_cpu(list)) && i < (v2 ? 2 : 4); i++) {
            int k = of_tree(mount, trees[i], path, v2);
            if (k < least) least = k;
        }
    }
    return least;
}

int mc_processors(void) {
    int n = of_affinity(), quota = mc_quota_processors("/proc/self/cgroup", "/sys/fs/cgroup");
    return n < quota ? n : quota;
}
