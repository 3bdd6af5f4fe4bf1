"""People: who a subject key stands for, kept encrypted and opened only for a case."""
