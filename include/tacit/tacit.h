/* tacit/tacit.h: TLS for C programs. This header includes the others; read conn.h first. */
#ifndef TACIT_TACIT_H
#define TACIT_TACIT_H

#include <tacit/base.h>
#include <tacit/config.h>
#include <tacit/conn.h>
#include <tacit/error.h>
#include <tacit/identity.h>
#include <tacit/info.h>
#include <tacit/report.h>
#include <tacit/stream.h>
#include <tacit/tables.h>
#include <tacit/task.h>
#include <tacit/trust.h>
#include <tacit/verify.h>

#endif
