/*
 * national.h - every Quality Surveillance Group of the country, for a month.
 */
#ifndef QSG_SIM_NATIONAL_H
#define QSG_SIM_NATIONAL_H

/* The program's arguments after "national"; the exit code. */
int national_main(int argc, char **argv);

#endif
