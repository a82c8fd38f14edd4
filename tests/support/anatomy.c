/* anatomy.c: see anatomy.h. A struct is written as words: `name:n` is a field of n bytes (`*`: the
 * rest), `name<n>` a vector whose length has n bytes, `name<n>{...}` one of such structs, and `%`
 * an extension. */
#include "anatomy.h"

#include "msg/msg.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 9846 4.2.2, 4.2.3, 4.4, 4.5, 4.7; RFC 5246 7.4.7.2, RFC 8422 5.4 */
static const struct {
    uint8_t type;
    const char *text;
} messages[] = {
    {MSG_CLIENT_HELLO, "legacy_version:2 random:32 session_id<1> suites<2>{suite:2} compressions<1>"
                       " extensions<2>{%}"},
    {MSG_SERVER_HELLO, "legacy_version:2 random:32 session_id<1> suite:2 compression:1"
                       " extensions<2>{%}"},
    {MSG_ENCRYPTED_EXTENSIONS, "extensions<2>{%}"},
    {MSG_CERTIFICATE_REQUEST, "context<1> extensions<2>{%}"},
    {MSG_CERTIFICATE, "context<1> certificates<3>{der<3> extensions<2>{%}}"},
    {MSG_CERTIFICATE_VERIFY, "scheme:2 signature<2>"},
    {MSG_CERTIFICATE_STATUS, "type:1 response<3>"},
    {MSG_FINISHED, "verify_data:*"},
    {MSG_NEW_SESSION_TICKET, "lifetime:4 age_add:4 nonce<1> ticket<2> extensions<2>{%}"},
    {MSG_KEY_UPDATE, "request:1"},
    {MSG_SERVER_KEY_EXCHANGE, "curve_type:1 group:2 point<1> scheme:2 signature<2>"},
    {MSG_CLIENT_KEY_EXCHANGE, "point<1>"},
};

/* The two that TLS 1.2 writes in another way: RFC 5246 7.4.2, 7.4.4. */
static const char certificate12[] = "certificates<3>{der<3>}";
static const char transport12[] = "secret<2>";
static const char request12[] = "types<1> schemes<2> authorities<2>{name<2>}";

/* RFC 9846 4.3, RFC 6066 3, RFC 7301 3.1, RFC 8449 4: as a client writes it, as a server writes it
 * in its first message, and in any other. */
static const struct {
    uint16_t id;
    const char *name, *by_client, *in_hello, *by_server;
} extensions[] = {
    {0, "server_name", "names<2>{type:1 name<2>}", "", ""},
    {0xff01, "renegotiation_info", "info<1>", "info<1>", ""},
    {11, "ec_point_formats", "formats<1>", "formats<1>", ""},
    {22, "encrypt_then_mac", "", "", ""},
    {23, "extended_master_secret", "", "", ""},
    {5, "status_request", "type:1 responders<2> extensions<2>", "", ""},
    {10, "supported_groups", "groups<2>", "groups<2>", "groups<2>"},
    {13, "signature_algorithms", "schemes<2>", "schemes<2>", "schemes<2>"},
    {16, "alpn", "names<2>{name<1>}", "", "names<2>{name<1>}"},
    {28, "record_size_limit", "limit:2", "limit:2", "limit:2"},
    {43, "supported_versions", "versions<1>", "version:2", "version:2"},
    {44, "cookie", "cookie<2>", "cookie<2>", ""},
    {45, "psk_key_exchange_modes", "modes<1>", "", ""},
    {47, "certificate_authorities", "names<2>{name<2>}", "", "names<2>{name<2>}"},
    {50, "signature_algorithms_cert", "schemes<2>", "schemes<2>", "schemes<2>"},
    {51, "key_share", "shares<2>{group:2 key<2>}", "group:2 key<2>", ""},
};

enum { N_EXTENSIONS = sizeof extensions / sizeof extensions[0] };

static const char retry_random[] = "\xcf\x21\xad\x74\xe5\x9a\x61\x11";

/* struct knife is where the cut is: in the message, and whose it is. */
struct knife {
    struct anatomy *a;
    const uint8_t *raw;
    size_t at;
    uint8_t type;
    bool retry;
};

static size_t number(const struct knife *k, size_t at, size_t bytes)
{
    size_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | k->raw[at + i];
    return v;
}

static size_t add_field(struct knife *k, const char *path, size_t prefix, size_t n, int parent)
{
    struct anatomy *a = k->a;
    struct field *f = &a->fields[a->n];
    size_t twins = 1;
    assert_true(a->n < FIELDS_MAX);
    for (size_t i = 0; i < a->n; i++) {
        size_t len = strlen(path);
        const char *other = a->fields[i].name;
        twins += !strncmp(other, path, len) && (other[len] == 0 || other[len] == '#');
    }
    *f = (struct field){.at = k->at, .prefix = prefix, .n = n, .parent = parent};
    if (twins > 1)
        (void)snprintf(f->name, sizeof f->name, "%s#%zu", path, twins);
    else
        (void)snprintf(f->name, sizeof f->name, "%s", path);
    return a->n++;
}

static void cut(struct knife *k, const char *text, const char *path, size_t end, int parent);

static void join_path(char out[64], const char *path, const char *word, size_t n)
{
    int written = snprintf(out, 64, "%s%s%.*s", path, *path ? "." : "", (int)n, word);
    assert_true(written > 0 && written < 64);
}

static const char *ext_text(const struct knife *k, size_t i)
{
    if (k->type == MSG_CLIENT_HELLO)
        return extensions[i].by_client;
    if (k->retry && extensions[i].id == 51)
        return "group:2";
    bool hello12 = k->type == MSG_SERVER_HELLO && extensions[i].id == 16; /* its only home there */
    return k->type == MSG_SERVER_HELLO && !hello12 ? extensions[i].in_hello
                                                   : extensions[i].by_server;
}

const char *anatomy_ext_name(uint16_t id)
{
    for (size_t i = 0; i < N_EXTENSIONS; i++)
        if (extensions[i].id == id)
            return extensions[i].name;
    return id % 0x1010 == 0x0a0a ? "grease" : "unknown";
}

static void cut_extension(struct knife *k, int parent)
{
    uint16_t id = (uint16_t)number(k, k->at, 2);
    const char *name = anatomy_ext_name(id), *text = "data:*";
    char path[64];
    join_path(path, name, "id", 2);
    add_field(k, path, 0, 2, parent);
    k->at += 2;
    for (size_t i = 0; i < N_EXTENSIONS; i++)
        if (extensions[i].id == id)
            text = ext_text(k, i);
    size_t n = number(k, k->at, 2);
    int self = (int)add_field(k, name, 2, n, parent);
    k->at += 2;
    cut(k, text, name, k->at + n, self);
}

/* One word of a text; returns where the next one begins. */
static const char *cut_word(struct knife *k, const char *text, const char *path, size_t end,
                            int parent)
{
    size_t n = strcspn(text, ":<%");
    char name[64], inner[64] = "";
    if (text[n] == '%') {
        cut_extension(k, parent);
        return text + n + 1;
    }
    join_path(name, path, text, n);
    const char *after = text + n + 1;
    if (text[n] == ':') {
        size_t bytes = *after == '*' ? end - k->at : strtoul(after, NULL, 10);
        if (bytes)
            add_field(k, name, 0, bytes, parent);
        k->at += bytes;
        return after + strspn(after, "*0123456789");
    }
    size_t prefix = strtoul(after, NULL, 10), bytes = number(k, k->at, prefix);
    int self = (int)add_field(k, name, prefix, bytes, parent);
    k->at += prefix;
    after += 2;
    if (*after != '{') {
        k->at += bytes;
        return after;
    }
    size_t depth = 0, len = 0;
    do
        depth += (after[len] == '{') - (size_t)(after[len] == '}');
    while (++len, depth);
    memcpy(inner, after + 1, len - 2);
    const bool is_block = inner[0] == '%';
    for (size_t stop = k->at + bytes; k->at < stop;)
        cut(k, inner, is_block ? "" : name, is_block ? 0 : stop, self);
    return after + len;
}

/* end 0: where the text ends. */
static void cut(struct knife *k, const char *text, const char *path, size_t end, int parent)
{
    while (*text) {
        text = cut_word(k, text, path, end, parent);
        text += *text == ' ';
    }
}

/* A list of certificates that fills its message has no context before it; a request that begins
 * with types has one, which is not empty; a point's length has one byte. */
static const char *text_of(const struct knife *k, size_t n)
{
    if (k->type == MSG_CERTIFICATE && n >= 7 && number(k, 4, 3) == n - 7)
        return certificate12;
    if (k->type == MSG_CERTIFICATE_REQUEST && n > 4 && number(k, 4, 1) > 0)
        return request12;
    if (k->type == MSG_CLIENT_KEY_EXCHANGE && n >= 6 && number(k, 4, 2) == n - 6)
        return transport12;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (messages[i].type == k->type)
            return messages[i].text;
    return "";
}

void anatomy_of(struct anatomy *a, span raw)
{
    struct knife k = {.a = a, .raw = raw.p, .type = raw.p[0]};
    a->n = 0;
    k.retry = k.type == MSG_SERVER_HELLO && !memcmp(raw.p + 6, retry_random, 8);
    add_field(&k, "type", 0, 1, -1);
    k.at = 1;
    int body = (int)add_field(&k, "message", 3, number(&k, 1, 3), -1);
    k.at = 4;
    cut(&k, text_of(&k, raw.n), "", raw.n, body);
    assert_int_equal(k.at, raw.n);
}

size_t anatomy_find(const struct anatomy *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->fields[i].name, name))
            return i;
    fail_msg("there is no field %s", name);
    return 0;
}

void anatomy_add(const struct anatomy *a, size_t field, uint8_t *raw, long delta)
{
    for (int i = (int)field; i >= 0; i = a->fields[i].parent) {
        const struct field *f = &a->fields[i];
        size_t v = 0;
        for (size_t b = 0; b < f->prefix; b++)
            v = v << 8 | raw[f->at + b];
        v += (size_t)delta;
        for (size_t b = f->prefix; b-- > 0; v >>= 8)
            raw[f->at + b] = (uint8_t)v;
    }
}
