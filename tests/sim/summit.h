/*
 * summit.h - risk summits among twenty-five members of a group, with a fifth of
 * all packets lost and six hours in which two sides do not reach each other.
 */
#ifndef QSG_SIM_SUMMIT_H
#define QSG_SIM_SUMMIT_H

/* The program's arguments after "summit"; the exit code. */
int summit_main(int argc, char **argv);

#endif
