/* handlers.h: the readers and writers of the extensions, one family per file. A writer returns
 * false to leave its extension out, and has then written nothing; it writes the contents only. A
 * reader has said why if it returns false. */
#ifndef EXT_HANDLERS_H
#define EXT_HANDLERS_H

#include "ext/ext.h"

typedef bool ext_writer(wr *w, enum where where, const struct offers *o, const struct answers *a);
typedef bool ext_reader(span data, enum where where, struct offers *o, struct answers *a,
                        struct err *err);

/* versions.c */
ext_writer client_write_versions, server_write_version, client_write_cookie, server_write_cookie;
ext_reader server_read_versions, client_read_version, server_read_cookie, client_read_cookie;

/* key_share.c */
ext_writer client_write_groups, client_write_shares, server_write_share;
ext_reader server_read_groups, client_read_groups, server_read_shares, client_read_share;

/* sigalgs.c */
ext_writer client_write_schemes, server_write_schemes, client_write_cert_schemes,
    server_write_cert_schemes;
ext_reader server_read_schemes, client_read_schemes, server_read_cert_schemes,
    client_read_cert_schemes;

/* name.c */
ext_writer client_write_name, server_write_name, client_write_alpn, server_write_alpn;
ext_reader server_read_name, client_read_name, server_read_alpn, client_read_alpn;

/* legacy12.c */
ext_writer client_write_formats, server_write_formats, client_write_flag12, server_write_ems;
ext_writer client_write_etm, server_write_etm, client_write_renegotiation;
ext_writer server_write_renegotiation;
ext_reader read_formats, client_read_ems, server_read_ems, client_read_etm, server_read_etm;
ext_reader read_renegotiation;

/* status.c */
ext_writer client_write_status, server_write_status;
ext_reader server_read_status, client_read_status;

/* limit.c */
ext_writer client_write_limit, server_write_limit;
ext_reader server_read_limit, client_read_limit;

/* authorities.c */
ext_writer server_write_authorities;
ext_reader read_authorities;

/* psk.c */
ext_reader server_read_psk_modes, server_read_psk, read_early_data, client_read_psk;

/* list16 reads a vector of 16-bit code points, <2..max>, that fills `data`. */
bool list16(span data, size_t length_bytes, span *out);

#endif
