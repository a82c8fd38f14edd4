/* asn1.h: DER written as text in tests. */
#ifndef SUPPORT_ASN1_H
#define SUPPORT_ASN1_H

#include "base/span.h"

/* asn1 makes bytes of a text of hexadecimal pairs, strings in single quotes, and bodies in braces,
 * before which their length is written:
 *
 *     asn1("30{ 06{550403} 13{'a name'} }")
 *
 * White space is skipped. The bytes lie alone in memory, so that reading past them is seen, until
 * test_certs_end. */
span asn1(const char *text);

#endif
