/*
 * Who sends a request, as he says it: by the header Authorization, or as a browser by its session's cookie, which needs
 * more (access/session.h).
 */
#ifndef EKSGATE_FCGI_CREDENTIALS_H
#define EKSGATE_FCGI_CREDENTIALS_H

#include "fcgi/request.h"

/* Reads them into request->shown: views of the parameters. 0, or -1 with request->err: a header or a cookie that is
 * there twice. */
int credentials_read(struct request *request);

/* For who was let in by a cookie and asks for more than a look (needed: the role that it takes; ROLE_NONE: what all may
 * do): that a page of ours asks. 0, or -1 with ERR_FORBIDDEN. */
int credentials_check_page(struct request *request, enum role needed);

/* A page of another site can send a form, or JSON without a type, with whatever this machine or its user may. It can
 * not read the answer, and need not to. Only those that the operator named may. 0, or -1 with ERR_FORBIDDEN. */
int credentials_check_site(struct request *request);

#endif
