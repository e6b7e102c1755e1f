"""Operations of classes with mixins on the compiled path."""
