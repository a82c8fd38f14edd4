/* words.c: see words.h. Invariant: a list is cut between its items. */
#include "x509/words.h"

#include "x509/parse.h"

#include <stdarg.h>
#include <stdio.h>

void say(struct words *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->out + w->n, WORDS_MAX - w->n, format, args);
    va_end(args);
    size_t room = WORDS_MAX - 1 - w->n;
    w->n += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

enum { MORE_ROOM = 20 };

void say_item(struct words *w, const char *item)
{
    if (w->left || w->n + strlen(item) + MORE_ROOM > WORDS_MAX) {
        w->left++;
        return;
    }
    say(w, "%s%s", w->items++ ? ", " : "", item);
}

void say_end(struct words *w, const char *none)
{
    if (!w->items && !w->left)
        say(w, "%s", none);
    else if (w->left)
        say(w, "%s%zu more", w->items ? ", and " : "", w->left);
}

void say_when(struct words *w, int64_t when, int64_t now)
{
    static const struct {
        int64_t unit;
        const char *name;
    } units[] = {{365 * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}};
    const int64_t limit = (int64_t)1 << 60; /* a clock may say anything */
    now = now > limit ? limit : now < -limit ? -limit : now;
    int64_t away = now - when, apart = away < 0 ? -away : away;
    char time[32];
    time_text(when, time);
    size_t i = 0;
    /* From two on: "30 hours" tells more than "1 day". */
    while (i < 3 && apart < 2 * units[i].unit)
        i++;
    long long n = (long long)(apart / units[i].unit);
    say(w, "%s%lld %s%s%s, %s", away < 0 ? "in " : "", n, units[i].name, n == 1 ? "" : "s",
        away < 0 ? "" : " ago", time);
}

/* ---- names and algorithms -------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    span oid;
    const char *name;
} algorithms[] = {
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"),     "md5WithRSAEncryption"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),     "sha1WithRSAEncryption"},
    {OID("\x2b\x0e\x03\x02\x1d"),                     "sha1WithRSA"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"),     "sha224WithRSAEncryption"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),     "sha256WithRSAEncryption"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),     "sha384WithRSAEncryption"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),     "sha512WithRSAEncryption"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),     "RSASSA-PSS"},
    {OID("\x2a\x86\x48\xce\x3d\x04\x01"),             "ecdsa-with-SHA1"},
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x01"),         "ecdsa-with-SHA224"},
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x02"),         "ecdsa-with-SHA256"},
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x03"),         "ecdsa-with-SHA384"},
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x04"),         "ecdsa-with-SHA512"},
    {OID("\x2a\x86\x48\xce\x38\x04\x01"),             "DSA"},
    {OID("\x2a\x86\x48\xce\x38\x04\x03"),             "dsa-with-SHA1"},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x02"),     "dsa-with-SHA256"},
    {OID("\x2b\x65\x6e"),                             "X25519"},
    {OID("\x2b\x65\x70"),                             "Ed25519"},
    {OID("\x2b\x65\x71"),                             "Ed448"},
    {OID("\x2b\x81\x04\x00\x0a"),                     "ECDSA secp256k1"},
    {OID("\x2b\x81\x04\x00\x21"),                     "ECDSA P-224"},
    {OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"),     "ECDSA brainpoolP256r1"},
};
/* clang-format on */

void say_algorithm(struct words *w, span oid)
{
    char text[WORDS_MAX / 2];
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (span_eq(oid, algorithms[i].oid)) {
            say(w, "%s", algorithms[i].name);
            return;
        }
    oid_text(oid, text, sizeof text);
    say(w, "algorithm %s", text);
}

void say_bits(struct words *w, const char *const *names, size_t n, unsigned bits)
{
    for (size_t i = 0; i < n; i++)
        if (bits & 1u << i)
            say_item(w, names[i]);
}
