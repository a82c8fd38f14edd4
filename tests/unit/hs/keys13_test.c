/* The key schedule (RFC 9846 7), against libcrypto's own TLS13-KDF; RFC 8448's values are in
 * rfc8448_test.c. */
#include "hs/keys13.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

static const enum hash_id hashes[] = {HASH_SHA256, HASH_SHA384};
static const struct secret shared = {.b = "a secret agreed on by two", .n = 32};
static uint8_t digest_bytes[HASH_MAX] = "a digest of a transcript";

static span digest_of(enum hash_id hash)
{
    return (span){digest_bytes, hash_len(hash)};
}

/* ---- another implementation ------------------------------------------------------------------ */

static void kdf(enum hash_id hash, const char *mode, OSSL_PARAM *rest, struct secret *out)
{
    EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(algorithm);
    const char *name = hash == HASH_SHA256 ? "SHA256" : "SHA384";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("mode", (char *)(uintptr_t)mode, 0),
        OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t)name, 0),
        OSSL_PARAM_construct_octet_string("prefix", (void *)(uintptr_t) "tls13 ", 6),
        OSSL_PARAM_construct_end(),
    };
    out->n = (uint8_t)hash_len(hash);
    assert_int_equal(EVP_KDF_CTX_set_params(ctx, params), 1);
    assert_int_equal(EVP_KDF_derive(ctx, out->b, out->n, rest), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(algorithm);
}

static OSSL_PARAM octets(const char *key, span s)
{
    return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)s.p, s.n);
}

/* their_stage is HKDF-Extract(Derive-Secret(from, "derived", ""), ikm); from NULL: no salt. */
static struct secret their_stage(enum hash_id hash, const struct secret *from, span ikm)
{
    struct secret out;
    OSSL_PARAM params[5], *p = params;
    *p++ = octets("label", span_str("derived"));
    if (ikm.n)
        *p++ = octets("key", ikm);
    if (from)
        *p++ = octets("salt", secret_span(from));
    *p = OSSL_PARAM_construct_end();
    kdf(hash, "EXTRACT_ONLY", params, &out);
    return out;
}

static struct secret their_label(enum hash_id hash, const struct secret *from, const char *label,
                                 span data)
{
    struct secret out;
    OSSL_PARAM params[] = {octets("key", secret_span(from)), octets("label", span_str(label)),
                           octets("data", data), OSSL_PARAM_construct_end()};
    if (!data.n)
        params[2] = params[3];
    kdf(hash, "EXPAND_ONLY", params, &out);
    return out;
}

static void assert_same(const struct secret *a, const struct secret *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->b, b->b, a->n);
}

static const struct {
    enum label label;
    enum stage stage;
    const char *text, *keylog;
} labels[] = {
    {LABEL_CLIENT_HANDSHAKE, STAGE_HANDSHAKE, "c hs traffic", "CLIENT_HANDSHAKE_TRAFFIC_SECRET"},
    {LABEL_SERVER_HANDSHAKE, STAGE_HANDSHAKE, "s hs traffic", "SERVER_HANDSHAKE_TRAFFIC_SECRET"},
    {LABEL_CLIENT_APPLICATION, STAGE_MAIN, "c ap traffic", "CLIENT_TRAFFIC_SECRET_0"},
    {LABEL_SERVER_APPLICATION, STAGE_MAIN, "s ap traffic", "SERVER_TRAFFIC_SECRET_0"},
    {LABEL_EXPORTER, STAGE_MAIN, "exp master", "EXPORTER_SECRET"},
};

/* ---- the schedule ---------------------------------------------------------------------------- */

static void stages_are_those_of_another_implementation(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        enum hash_id hash = hashes[i % 2];
        span psk = i / 2 ? span_str("0123456789abcdef0123456789abcdef") : (span){0};
        struct keys13 k;
        keys13_begin(&k, hash, psk);
        struct secret theirs = their_stage(hash, NULL, psk);
        assert_same(&k.secret, &theirs);
        assert_true(keys13_handshake(&k, &shared));
        theirs = their_stage(hash, &theirs, secret_span(&shared));
        assert_same(&k.secret, &theirs);
        assert_true(keys13_main(&k));
        theirs = their_stage(hash, &theirs, (span){0});
        assert_same(&k.secret, &theirs);
        keys13_wipe(&k);
    }
}

/* to_stage makes a schedule that has got so far. */
static struct keys13 to_stage(enum hash_id hash, enum stage stage)
{
    struct keys13 k = {0};
    if (stage >= STAGE_EARLY)
        keys13_begin(&k, hash, (span){0});
    if (stage >= STAGE_HANDSHAKE)
        assert_true(keys13_handshake(&k, &shared));
    if (stage >= STAGE_MAIN)
        assert_true(keys13_main(&k));
    assert_int_equal(k.stage, stage);
    return k;
}

static void each_label_is_derived_at_its_stage_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LABELS; i++) {
        for (enum stage stage = STAGE_NONE; stage <= STAGE_MAIN; stage++) {
            enum hash_id hash = hashes[i % 2];
            struct keys13 k = to_stage(hash, stage);
            struct secret out = {.n = 7};
            if (stage != labels[i].stage) {
                assert_false(keys13_derive(&k, &out, labels[i].label, digest_of(hash)));
                assert_int_equal(out.n, 7);
                continue;
            }
            assert_true(keys13_derive(&k, &out, labels[i].label, digest_of(hash)));
            struct secret theirs = their_label(hash, &k.secret, labels[i].text, digest_of(hash));
            assert_same(&out, &theirs);
        }
        assert_string_equal(label_keylog(labels[i].label), labels[i].keylog);
    }
}

/* Bug class 89: a step that is left out or taken twice gives no key at all. */
static void stages_go_in_order(void **state)
{
    (void)state;
    for (enum stage stage = STAGE_NONE; stage <= STAGE_MAIN; stage++) {
        struct keys13 k = to_stage(HASH_SHA256, stage), before = k;
        if (stage != STAGE_EARLY)
            assert_false(keys13_handshake(&k, &shared));
        if (stage != STAGE_HANDSHAKE)
            assert_false(keys13_main(&k));
        assert_int_equal(k.stage, stage);
        assert_memory_equal(k.secret.b, before.secret.b, SECRET_MAX);
    }
}

static void a_wiped_schedule_holds_nothing(void **state)
{
    (void)state;
    static const struct keys13 zero;
    struct keys13 k = to_stage(HASH_SHA384, STAGE_MAIN);
    memset(&k.client, 1, sizeof k.client);
    keys13_wipe(&k);
    assert_memory_equal(&k, &zero, sizeof k);
}

/* ---- what is derived from its secrets -------------------------------------------------------- */

static void a_finished_is_an_hmac_of_the_digest(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t ours[HASH_MAX] = {0}, theirs[HASH_MAX];
        struct secret key = their_label(hashes[i], &shared, "finished", (span){0});
        hmac_once(hashes[i], secret_span(&key), digest_of(hashes[i]), theirs);
        keys13_finished(hashes[i], ours, &shared, digest_of(hashes[i]));
        assert_memory_equal(ours, theirs, hash_len(hashes[i]));
        assert_int_equal(ours[HASH_MAX - 1], 0);
    }
}

/* RFC 9846 7.2 */
static void an_update_replaces_the_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct secret ours = shared;
        ours.n = (uint8_t)hash_len(hashes[i]);
        for (size_t generation = 0; generation < 3; generation++) {
            struct secret theirs = their_label(hashes[i], &ours, "traffic upd", (span){0});
            keys13_update(hashes[i], &ours);
            assert_same(&ours, &theirs);
        }
    }
}

/* RFC 9846 7.5 */
static void an_export_depends_on_label_context_and_length(void **state)
{
    (void)state;
    uint8_t empty[HASH_MAX], hashed[HASH_MAX], out[HASH_MAX], other[HASH_MAX];
    for (size_t i = 0; i < 2; i++) {
        enum hash_id hash = hashes[i];
        size_t n = hash_len(hash);
        hash_once(hash, (span){0}, empty);
        hash_once(hash, span_str("context"), hashed);
        struct secret secret = their_label(hash, &shared, "EXPERIMENTAL test", (span){empty, n});
        struct secret theirs = their_label(hash, &secret, "exporter", (span){hashed, n});
        keys13_export(hash, out, n, &shared, "EXPERIMENTAL test", span_str("context"));
        assert_memory_equal(out, theirs.b, n);
        keys13_export(hash, other, n, &shared, "EXPERIMENTAL best", span_str("context"));
        assert_memory_not_equal(out, other, n);
        keys13_export(hash, other, n, &shared, "EXPERIMENTAL test", span_str("Context"));
        assert_memory_not_equal(out, other, n);
        keys13_export(hash, other, n - 1, &shared, "EXPERIMENTAL test", span_str("context"));
        assert_memory_not_equal(out, other, n - 1);
    }
}

static void an_export_has_up_to_255_digests(void **state)
{
    (void)state;
    static uint8_t out[255 * 48];
    char label[250] = {0};
    memset(label, 'x', sizeof label - 1);
    keys13_export(HASH_SHA384, out, sizeof out, &shared, label, (span){0});
    assert_memory_not_equal(out + sizeof out - 48, out + sizeof out - 96, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_are_those_of_another_implementation),
        cmocka_unit_test(each_label_is_derived_at_its_stage_alone),
        cmocka_unit_test(stages_go_in_order),
        cmocka_unit_test(a_wiped_schedule_holds_nothing),
        cmocka_unit_test(a_finished_is_an_hmac_of_the_digest),
        cmocka_unit_test(an_update_replaces_the_secret),
        cmocka_unit_test(an_export_depends_on_label_context_and_length),
        cmocka_unit_test(an_export_has_up_to_255_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
