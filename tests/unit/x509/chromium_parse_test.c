/* BoringSSL's parse_certificate cases: each block of a certificate is read, or refused. Blocks of
 * parts with placeholders for their fields (TBS CERTIFICATE) are left out. */
#include "certs.h"
#include "vectors.h"

#include "wire/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <glob.h>
#include <stdlib.h>

#include <cmocka.h>

/* Where ours differs from the expected verdict. */
static const struct {
    const char *file;
    enum reason reason;
    const char *why;
} differs[] = {
    {"cert_skeleton.pem", R_CERT_MALFORMED, "its fields are placeholders"},
    {"failed_signature_algorithm.pem", R_CERT_MALFORMED, "the algorithm is no identifier"},
    {"signature_algorithm_null.pem", R_CERT_MALFORMED, "the algorithm is no identifier"},
    {"serial_negative.pem", R_CERT_SERIAL, "only a warning there"},
    {"serial_37_bytes.pem", R_CERT_SERIAL, "only a warning there"},
    {"subject_printable_string_containing_utf8_client_cert.pem", R_CERT_NAME_MALFORMED,
     "refused there when the name is used"},
    {"subject_blank_subjectaltname_not_critical.pem", R_NONE, "asked of a leaf, by check_leaf"},
};

static bool is_listed(const char *file, enum reason reason)
{
    for (size_t i = 0; i < sizeof differs / sizeof differs[0]; i++)
        if (strcmp(file, differs[i].file) == 0 && reason == differs[i].reason)
            return true;
    return false;
}

struct tally {
    size_t ran, differ, wrong;
};

static void count(const char *name, bool accept, enum reason reason, struct tally *tally)
{
    tally->ran++;
    if (accept == (reason == R_NONE))
        return;
    if (is_listed(name, reason)) {
        tally->differ++;
        return;
    }
    tally->wrong++;
    print_error("    {\"%s\", R_%s, \"\"},\n", name, reason_row((uint16_t)reason)->name);
}

static void run(const char *path, struct tally *tally)
{
    size_t n, der_n;
    char *text = vectors_read(path, &n);
    const char *name = strrchr(path, '/') + 1;
    struct pem pem = pem_of((span){(uint8_t *)text, n});
    for (struct pem_block block; pem_next(&pem, &block, NULL);) {
        if (!pem_is(&block, "CERTIFICATE"))
            continue;
        uint8_t *der = malloc(pem_decoded_max(&block));
        struct err err = {0};
        struct cert cert;
        assert_true(pem_decode(&block, der, &der_n, NULL));
        (void)!cert_parse(&cert, (span){der, der_n}, &err);
        count(name, !strstr(text, "ERROR: "), (enum reason)err.reason, tally);
        free(der);
    }
    free(text);
}

static void every_certificate_is_read_or_refused(void **state)
{
    (void)state;
    char root[1024];
    struct tally tally = {0};
    glob_t found;
    size_t n;
    free(vectors_read("x509/parse_certificate_unittest/cert_version3.pem",
                      &n)); /* or this is skipped */
    vectors_path("", root, sizeof root);
    const char *pattern = test_text("%sx509/parse_certificate_unittest/*.pem", root);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run(found.gl_pathv[i] + strlen(root), &tally);
    globfree(&found);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(tally.ran, 70);
    assert_int_equal(tally.differ, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_certificate_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, test_certs_end);
}
