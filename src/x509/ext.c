/* ext.c: the extensions of a certificate: one table, one row for each that is processed (RFC 5280
 * 4.2).
 *
 * What is not in the table is ignored if it is not critical, and otherwise marks the certificate
 * unknown_critical, which refuses it wherever it stands in a path. Invariant: a row is in the table
 * only if ignoring the extension, or all that its reader does with it, is what RFC 5280 6.1 asks:
 * being in the table is what makes a critical extension acceptable. That is why nameConstraints is
 * read here and applied in constraints.c, what is said of policies in policies.c, and of revocation
 * lists in crl_check.c; what an OCSP responder and a TLS server must say, in revocation.c. */
#include "x509/crl.h"
#include "x509/parse.h"

enum { EXTENSIONS_MAX = 64, KEY_ID_MAX = 255 };

static bool read_key_usage(struct cert *out, rd value, bool critical)
{
    (void)critical;
    span bits;
    uint8_t unused;
    /* RFC 5280 4.2.1.3: nine bits. X.690 11.2.2 would leave out trailing zeros; two roots of
     * Mozilla's do not. */
    if (!der_bits(&value, &bits, &unused) || !rd_end(&value) || bits.n > 2)
        return false;
    for (unsigned i = 0; i < bits.n * 8; i++)
        if (bits.p[i / 8] & 0x80u >> i % 8)
            out->key_usage = (uint16_t)(out->key_usage | 1u << i);
    out->has_key_usage = true;
    /* At least one bit is set. */
    return out->key_usage != 0;
}

static bool read_basic(struct cert *out, rd value, bool critical)
{
    (void)critical;
    /* No path is that long here; a limit above it is refused rather than rounded. */
    enum { PATH_LEN_MAX = 255 };
    rd body;
    uint32_t path_len;
    out->has_basic = true;
    if (!der_enter(&value, DER_SEQUENCE, &body) || !rd_end(&value))
        return false;
    /* A FALSE that is written out is not DER, but authorities have written it. */
    if (der_peek(&body, DER_BOOLEAN) && !der_boolean(&body, &out->is_ca))
        return false;
    if (rd_end(&body))
        return true;
    if (!der_small(&body, &path_len) || path_len > PATH_LEN_MAX || !rd_end(&body))
        return false;
    /* RFC 5280 4.2.1.9: meaningful in a CA alone; elsewhere it stands in certificates in use. */
    if (out->is_ca)
        out->path_len = (int32_t)path_len;
    return true;
}

static const struct {
    span oid;
    uint16_t bit;
} purposes[] = {
    {OID("\x2b\x06\x01\x05\x05\x07\x03\x01"), EKU_SERVER},
    {OID("\x2b\x06\x01\x05\x05\x07\x03\x02"), EKU_CLIENT},
    {OID("\x2b\x06\x01\x05\x05\x07\x03\x09"), EKU_OCSP_SIGNING},
    {OID("\x55\x1d\x25\x00"), EKU_ANY},
};

static uint16_t purpose_bit(span oid)
{
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        if (span_eq(oid, purposes[i].oid))
            return purposes[i].bit;
    return EKU_OTHER;
}

static bool read_eku(struct cert *out, rd value, bool critical)
{
    (void)critical;
    rd body;
    span oid;
    if (!der_enter(&value, DER_SEQUENCE, &body) || !rd_end(&value) || rd_end(&body))
        return false;
    while (!rd_end(&body)) {
        if (!der_oid(&body, &oid))
            return false;
        out->eku |= purpose_bit(oid);
    }
    out->has_eku = true;
    return true;
}

static bool read_san(struct cert *out, rd value, bool critical)
{
    out->san_critical = critical;
    return der_get(&value, DER_SEQUENCE, &out->san) && rd_end(&value) && gname_list_check(out->san);
}

static bool read_constraints(struct cert *out, rd value, bool critical)
{
    (void)critical;
    return der_get(&value, DER_SEQUENCE, &out->name_constraints) && rd_end(&value)
           && constraints_check(out->name_constraints);
}

static bool read_ski(struct cert *out, rd value, bool critical)
{
    (void)critical;
    return der_get(&value, DER_OCTET_STRING, &out->ski) && rd_end(&value)
           && out->ski.n <= KEY_ID_MAX;
}

static bool read_aki(struct cert *out, rd value, bool critical)
{
    (void)critical;
    rd body;
    span issuer, serial;
    if (!der_enter(&value, DER_SEQUENCE, &body) || !rd_end(&value)
        || !der_optional(&body, DER_CONTEXT + 0, &out->aki)
        || !der_optional(&body, DER_CONTEXT_BODY + 1, &issuer)
        || !der_optional(&body, DER_CONTEXT + 2, &serial) || !rd_end(&body))
        return false;
    /* RFC 5280 4.2.1.1: issuer and serial number stand together or not at all. */
    if (!issuer.p != !serial.p || out->aki.n > KEY_ID_MAX)
        return false;
    return !issuer.p || (gname_list_check(issuer) && der_is_integer(serial));
}

/* is_known_qualifier: the two of RFC 5280 4.2.1.4. */
static bool is_known_qualifier(span oid)
{
    static const span cps = OID("\x2b\x06\x01\x05\x05\x07\x02\x01");
    static const span notice = OID("\x2b\x06\x01\x05\x05\x07\x02\x02");
    return span_eq(oid, cps) || span_eq(oid, notice);
}

static bool read_qualifiers(struct cert *out, rd list, bool critical)
{
    rd body;
    span oid;
    struct der qualifier;
    if (rd_end(&list))
        return false;
    while (!rd_end(&list)) {
        if (!der_enter(&list, DER_SEQUENCE, &body) || !der_oid(&body, &oid)
            || !der_next(&body, &qualifier) || !rd_end(&body))
            return false;
        /* RFC 5280 4.2.1.4: of a critical extension, every qualifier must be understood. */
        if (critical && !is_known_qualifier(oid))
            out->unknown_critical = true;
    }
    return true;
}

static bool read_policies(struct cert *out, rd value, bool critical)
{
    rd list, body, qualifiers;
    span oid;
    if (!der_get(&value, DER_SEQUENCE, &out->policies) || !rd_end(&value) || !out->policies.n)
        return false;
    list = rd_of(out->policies);
    while (!rd_end(&list)) {
        if (!der_enter(&list, DER_SEQUENCE, &body) || !der_oid(&body, &oid))
            return false;
        if (!rd_end(&body)
            && !(der_enter(&body, DER_SEQUENCE, &qualifiers) && rd_end(&body)
                 && read_qualifiers(out, qualifiers, critical)))
            return false;
    }
    return true;
}

static bool read_mappings(struct cert *out, rd value, bool critical)
{
    (void)critical;
    span from, to;
    if (!der_get(&value, DER_SEQUENCE, &out->mappings) || !rd_end(&value) || !out->mappings.n)
        return false;
    for (rd list = rd_of(out->mappings); !rd_end(&list);) {
        if (!mapping_next(&list, &from, &to))
            return false;
        /* RFC 5280 4.2.1.5, 6.1.4 (a): any policy is mapped neither from nor to. */
        if (is_any_policy(from) || is_any_policy(to))
            return false;
    }
    return true;
}

/* skip_certs reads the number of certificates after which a rule begins to bind. No path is as long
 * as a number that is rounded down. */
static bool skip_certs(span number, uint8_t *out)
{
    enum { SKIP_MAX = POLICY_NEVER - 1 };
    if (!der_is_integer(number) || number.p[0] & 0x80)
        return false;
    *out = number.n > 1 || number.p[0] > SKIP_MAX ? SKIP_MAX : number.p[0];
    return true;
}

static bool read_policy_limits(struct cert *out, rd value, bool critical)
{
    (void)critical;
    rd body;
    span required, inhibited;
    if (!der_enter(&value, DER_SEQUENCE, &body) || !rd_end(&value)
        || !der_optional(&body, DER_CONTEXT + 0, &required)
        || !der_optional(&body, DER_CONTEXT + 1, &inhibited) || !rd_end(&body))
        return false;
    /* RFC 5280 4.2.1.11: not both are absent. */
    return (required.p || inhibited.p) && (!required.p || skip_certs(required, &out->need_policy))
           && (!inhibited.p || skip_certs(inhibited, &out->inhibit_mapping));
}

static bool read_inhibit_any(struct cert *out, rd value, bool critical)
{
    (void)critical;
    span number;
    return der_get(&value, DER_INTEGER, &number) && rd_end(&value)
           && skip_certs(number, &out->inhibit_any);
}

static bool read_crl_points(struct cert *out, rd value, bool critical)
{
    (void)critical;
    return der_get(&value, DER_SEQUENCE, &out->crl_points) && rd_end(&value)
           && dist_points_check(out->crl_points);
}

/* read_access reads authorityInfoAccess and subjectInfoAccess: where to fetch what we never
 * fetch. */
static bool read_access(struct cert *out, rd value, bool critical)
{
    (void)out;
    (void)critical;
    rd list, body;
    span method;
    struct gname location;
    if (!der_enter(&value, DER_SEQUENCE, &list) || !rd_end(&value) || rd_end(&list))
        return false;
    while (!rd_end(&list))
        if (!der_enter(&list, DER_SEQUENCE, &body) || !der_oid(&body, &method)
            || !gname_next(&body, &location) || !rd_end(&body))
            return false;
    return true;
}

/* read_nocheck: its bearer's own revocation need not be asked (RFC 6960 4.2.2.2.1). */
static bool read_nocheck(struct cert *out, rd value, bool critical)
{
    (void)critical;
    out->ocsp_nocheck = true;
    return der_null(&value) && rd_end(&value);
}

/* read_features reads the TLS features that its bearer promises, by the numbers of their extensions
 * (RFC 7633 3); stapling is the one that can be held against it. */
static bool read_features(struct cert *out, rd value, bool critical)
{
    (void)critical;
    enum { STATUS_REQUEST = 5 };
    rd list;
    uint32_t feature;
    if (!der_enter(&value, DER_SEQUENCE, &list) || !rd_end(&value))
        return false;
    while (!rd_end(&list)) {
        if (!der_small(&list, &feature) || feature > 0xffff)
            return false;
        out->must_staple |= feature == STATUS_REQUEST;
    }
    return true;
}

enum criticality { MAY_BE, NEVER };

/* clang-format off */
static const struct ext_row {
    span oid;
    enum criticality critical;
    bool (*read)(struct cert *out, rd value, bool critical);
} rows[] = {
    {OID("\x55\x1d\x0e"),                     NEVER,  read_ski},           /* RFC 5280 4.2.1.2 */
    {OID("\x55\x1d\x0f"),                     MAY_BE, read_key_usage},     /* RFC 5280 4.2.1.3 */
    {OID("\x55\x1d\x11"),                     MAY_BE, read_san},           /* RFC 5280 4.2.1.6 */
    {OID("\x55\x1d\x13"),                     MAY_BE, read_basic},         /* RFC 5280 4.2.1.9 */
    {OID("\x55\x1d\x1e"),                     MAY_BE, read_constraints},   /* RFC 5280 4.2.1.10 */
    {OID("\x55\x1d\x1f"),                     MAY_BE, read_crl_points},    /* RFC 5280 4.2.1.13 */
    {OID("\x55\x1d\x20"),                     MAY_BE, read_policies},      /* RFC 5280 4.2.1.4 */
    {OID("\x55\x1d\x21"),                     MAY_BE, read_mappings},      /* RFC 5280 4.2.1.5 */
    {OID("\x55\x1d\x23"),                     NEVER,  read_aki},           /* RFC 5280 4.2.1.1 */
    {OID("\x55\x1d\x24"),                     MAY_BE, read_policy_limits}, /* RFC 5280 4.2.1.11 */
    {OID("\x55\x1d\x25"),                     MAY_BE, read_eku},           /* RFC 5280 4.2.1.12 */
    {OID("\x55\x1d\x36"),                     MAY_BE, read_inhibit_any},   /* RFC 5280 4.2.1.14 */
    {OID("\x2b\x06\x01\x05\x05\x07\x01\x01"), NEVER,  read_access},        /* RFC 5280 4.2.2.1 */
    {OID("\x2b\x06\x01\x05\x05\x07\x01\x0b"), NEVER,  read_access},        /* RFC 5280 4.2.2.2 */
    {OID("\x2b\x06\x01\x05\x05\x07\x01\x18"), MAY_BE, read_features},      /* RFC 7633 3 */
    {OID("\x2b\x06\x01\x05\x05\x07\x30\x01\x05"), MAY_BE, read_nocheck},   /* RFC 6960 4.2.2.2.1 */
};
/* clang-format on */

static const struct ext_row *row_of(span oid)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_eq(oid, rows[i].oid))
            return &rows[i];
    return NULL;
}

bool extension_next(rd *extensions, struct extension *out)
{
    rd body;
    return der_enter(extensions, DER_SEQUENCE, &body) && der_oid(&body, &out->oid)
           && der_flag(&body, &out->critical) && der_get(&body, DER_OCTET_STRING, &out->value)
           && rd_end(&body);
}

/* read_one reads an extension and names it, so that its caller can see it come a second time. */
static bool read_one(struct cert *out, rd *extensions, span *oid, struct err *err)
{
    struct extension ext;
    if (!extension_next(extensions, &ext))
        return fail(err, CERT_EXTENSION_MALFORMED, 0);
    *oid = ext.oid;
    const struct ext_row *row = row_of(ext.oid);
    if (!row) {
        out->unknown_critical |= ext.critical;
        return true;
    }
    if (ext.critical && row->critical == NEVER)
        return fail(err, CERT_EXTENSION_CRITICAL, 0);
    return row->read(out, rd_of(ext.value), ext.critical) || fail(err, CERT_EXTENSION_MALFORMED, 0);
}

bool ext_read_all(struct cert *out, rd extensions, struct err *err)
{
    span seen[EXTENSIONS_MAX];
    size_t n = 0;
    /* RFC 5280 4.1: SIZE (1..MAX). */
    if (rd_end(&extensions))
        return fail(err, CERT_EXTENSION_MALFORMED, 0);
    while (!rd_end(&extensions)) {
        if (n == EXTENSIONS_MAX)
            return fail(err, CERT_EXTENSION_MALFORMED, n);
        if (!read_one(out, &extensions, &seen[n], err))
            return false;
        for (size_t i = 0; i < n; i++)
            if (span_eq(seen[i], seen[n]))
                return fail(err, CERT_EXTENSION_TWICE, 0);
        n++;
    }
    return true;
}

bool ext_unknown_critical(const struct cert *cert, span *oid)
{
    rd in = rd_of(cert->tbs), tbs, list;
    struct der field;
    struct extension ext;
    if (!der_enter(&in, DER_SEQUENCE, &tbs))
        return false;
    while (!der_peek(&tbs, DER_CONTEXT_BODY + 3))
        if (!der_next(&tbs, &field))
            return false;
    if (!der_enter(&tbs, DER_CONTEXT_BODY + 3, &in) || !der_enter(&in, DER_SEQUENCE, &list))
        return false;
    while (extension_next(&list, &ext))
        if (ext.critical && !row_of(ext.oid)) {
            *oid = ext.oid;
            return true;
        }
    return false;
}
