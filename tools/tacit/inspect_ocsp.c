/* inspect_ocsp.c: an OCSP response as facts (RFC 6960 4.2). Who signed it is found out later:
 * inspect_author.c. */
#include "inspect.h"

#include <openssl/ocsp.h>

static json_t *single_json(OCSP_SINGLERESP *single)
{
    static const char *const words[] = {
        [V_OCSP_CERTSTATUS_GOOD] = "good",
        [V_OCSP_CERTSTATUS_REVOKED] = "revoked",
        [V_OCSP_CERTSTATUS_UNKNOWN] = "unknown",
    };
    int reason;
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *to = NULL;
    ASN1_INTEGER *serial = NULL;
    int status = OCSP_single_get0_status(single, &reason, &revoked, &from, &to);
    OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    OCSP_id_get0_info(NULL, NULL, NULL, &serial, id); /* which changes nothing in it */
    json_t *o = json_object();
    if (serial)
        fact_put(o, "serial", serial_json(serial));
    if (status >= 0 && status <= V_OCSP_CERTSTATUS_UNKNOWN)
        fact_put(o, "status", json_string(words[status]));
    fact_put(o, "time", time_json(revoked));
    if (revoked && reason != OCSP_REVOKED_STATUS_NOSTATUS)
        fact_put(o, "reason", json_string(OCSP_crl_reason_str(reason)));
    fact_put(o, "this_update", time_json(from));
    fact_put(o, "next_update", time_json(to));
    return o;
}

static void put_responder(json_t *o, const OCSP_BASICRESP *basic)
{
    const ASN1_OCTET_STRING *key = NULL;
    const X509_NAME *name = NULL;
    if (!OCSP_resp_get0_id(basic, &key, &name))
        return;
    fact_put(o, "responder", name ? name_json(name) : NULL);
    fact_put(o, "responder_key_sha1",
             key ? hex_json(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)) : NULL);
}

json_t *ocsp_facts(OCSP_RESPONSE *response)
{
    json_t *o = json_pack("{s:s}", "kind", "OCSP response"), *list = json_array();
    long status = OCSP_response_status(response);
    OCSP_BASICRESP *basic = status ? NULL : OCSP_response_get1_basic(response);
    fact_put(o, "response_status", json_string(OCSP_response_status_str(status)));
    if (basic) {
        int n = OCSP_resp_count(basic);
        put_responder(o, basic);
        fact_put(o, "produced_at", time_json(OCSP_resp_get0_produced_at(basic)));
        const ASN1_OBJECT *algorithm = NULL;
        X509_ALGOR_get0(&algorithm, NULL, NULL, OCSP_resp_get0_tbs_sigalg(basic));
        fact_put(o, "signature", signature_json(OBJ_obj2nid(algorithm)));
        for (int i = 0; i < n && i < LIST_MAX; i++)
            json_array_append_new(list, single_json(OCSP_resp_get0(basic, i)));
        fact_put(o, "n_answers", json_integer(n));
    }
    fact_put(o, "answers", list);
    OCSP_BASICRESP_free(basic);
    return o;
}
