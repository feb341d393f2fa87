/* Preloaded into a daemon: lets it set up IPsec SAs on a kernel that has no ESP, and tells which keys it sets up.
 *
 * Refusals of the kernel (netlink errors on XFRM sockets) are read as successes. Requests to add or update an SA are
 * written to the file that SHIM_LOG names, one a line, in hexadecimal: what the daemon hands to a kernel is what it has
 * agreed on, whatever it calls it in its log. No traffic is protected. Tests alone use this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int speaks_xfrm(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK &&
	       getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_XFRM;
}

static void read_as_success(int fd, void *data, ssize_t length)
{
	struct nlmsghdr *header = data;

	if (length >= (ssize_t)NLMSG_LENGTH(sizeof(int)) && header->nlmsg_type == NLMSG_ERROR && speaks_xfrm(fd))
		((struct nlmsgerr *)NLMSG_DATA(header))->error = 0;
}

static void tell(int fd, const void *data, size_t length)
{
	const struct nlmsghdr *header = data;
	const char *path = getenv("SHIM_LOG");
	FILE *log;

	if (!path || length < NLMSG_LENGTH(sizeof(struct xfrm_usersa_info)) || !speaks_xfrm(fd))
		return;
	if (header->nlmsg_type != XFRM_MSG_NEWSA && header->nlmsg_type != XFRM_MSG_UPDSA)
		return;
	log = fopen(path, "a");
	if (!log)
		return;
	for (size_t i = 0; i < length; i++)
		fprintf(log, "%02x", ((const unsigned char *)data)[i]);
	fputc('\n', log);
	fclose(log);
}

ssize_t write(int fd, const void *data, size_t length)
{
	if (length < 65536)
		tell(fd, data, length);
	return REAL(write)(fd, data, length);
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
	tell(fd, data, length);
	return REAL(send)(fd, data, length, flags);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	tell(fd, data, length);
	return REAL(sendto)(fd, data, length, flags, to, size);
}

ssize_t recv(int fd, void *data, size_t length, int flags)
{
	ssize_t got = REAL(recv)(fd, data, length, flags);

	read_as_success(fd, data, got);
	return got;
}

ssize_t recvfrom(int fd, void *data, size_t length, int flags, struct sockaddr *from, socklen_t *size)
{
	ssize_t got = REAL(recvfrom)(fd, data, length, flags, from, size);

	read_as_success(fd, data, got);
	return got;
}

/* What glibc makes of recvfrom in programs that are built with checks. */
ssize_t __recvfrom_chk(int fd, void *data, size_t length, size_t room, int flags, struct sockaddr *from, socklen_t *size)
{
	return recvfrom(fd, data, length < room ? length : room, flags, from, size);
}

ssize_t __recv_chk(int fd, void *data, size_t length, size_t room, int flags)
{
	return recv(fd, data, length < room ? length : room, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t got = REAL(recvmsg)(fd, message, flags);

	if (got > 0 && message->msg_iovlen)
		read_as_success(fd, message->msg_iov[0].iov_base, got);
	return got;
}
