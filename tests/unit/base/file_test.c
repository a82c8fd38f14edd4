/* Reading whole files, for the loaders of keys, certificates and anchors. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct hooks hooks;
static char folder[] = "/tmp/tacit-file-XXXXXX", path[64];

static int set_up(void **state)
{
    (void)state;
    hooks_init(&hooks, NULL);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void assert_fails(const char *name, size_t max, enum reason reason, uint32_t detail)
{
    struct err err = {0};
    tacit_buf out = {0};
    errno = 77;
    assert_false(file_read(&hooks, name, max, &out, &err));
    assert_int_equal(errno, 77); /* the host's errno is its own */
    assert_null(out.p);
    if (err.reason != reason || err.detail != detail)
        fail_msg("%s: %s (%u)", name, reason_row(err.reason)->name, err.detail);
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 100000};
    static uint8_t bytes[100000];
    memset(bytes, 'x', sizeof bytes);
    bytes[0] = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct err err = {0};
        tacit_buf out = {0};
        write_file(bytes, sizes[i]);
        errno = 77;
        assert_true(file_read(&hooks, path, sizes[i], &out, &err));
        assert_int_equal(errno, 77);
        assert_int_equal(out.n, sizes[i]);
        assert_memory_equal(out.p, bytes, sizes[i]);
        assert_int_equal(out.p[out.n], 0);
        mem_free(&hooks, out.p, out.n + 1);
    }
}

static void a_file_over_the_limit_is_refused(void **state)
{
    (void)state;
    write_file("12345678", 8);
    assert_fails(path, 7, R_FILE_TOO_LARGE, 7);
    assert_fails(path, 0, R_FILE_TOO_LARGE, 0);
}

static void what_is_no_file_is_unreadable(void **state)
{
    (void)state;
    assert_fails("/nonexistent/file", 100, R_FILE_UNREADABLE, ENOENT);
    assert_fails(folder, (size_t)1 << 20, R_FILE_UNREADABLE, EISDIR);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    int writer = open(path, O_RDWR); /* so that the reader does not wait for one */
    assert_true(writer >= 0);
    assert_fails(path, 100, R_FILE_UNREADABLE, ESPIPE);
    close(writer);
    unlink(path);
}

static void *nothing(void *user, size_t n)
{
    (void)user, (void)n;
    return NULL;
}

static void without_memory_it_fails(void **state)
{
    (void)state;
    struct hooks before = hooks;
    write_file("12345678", 8);
    hooks.alloc = nothing;
    assert_fails(path, 100, R_NO_MEMORY, 9);
    hooks = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(a_file_over_the_limit_is_refused),
        cmocka_unit_test(what_is_no_file_is_unreadable),
        cmocka_unit_test(without_memory_it_fails),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
