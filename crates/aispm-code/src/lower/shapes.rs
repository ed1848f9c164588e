//! Which node of which grammar has which shape.

/// What a node becomes. Names of nodes hardly collide between the grammars, so one table serves all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not read: comments, types, punctuation.
    Skip,
    /// Its only part, or all its parts together.
    Pass,
    /// A statement or block: nothing is handed up.
    Block,
    Namespace,
    Name,
    Str,
    StrPart,
    Number,
    True,
    False,
    Null,
    Attr,
    Index,
    Call,
    Args,
    Argument,
    Keyword,
    Spread,
    List,
    Dict,
    Pair,
    Shorthand,
    Template,
    Hole,
    Binary,
    Choice,
    Mixed,
    /// Read for the calls in it, but no text comes out.
    Opaque,
    /// A comparison or a negation.
    Test,
    If,
    Function,
    Class,
    Decorated,
    Decorator,
    Params,
    Param,
    Assign,
    Declarator,
    For,
    With,
    Return,
    Yield,
    /// Names of an outer scope that are assigned here.
    Global,
    Match,
    Case,
    Try,
    Handler,
    Regex,
    Import,
    ImportFrom,
    Using,
    Export,
    JsxOpen,
    JsxAttribute,
    Heritage,
    Comprehension,
    Initializer,
    TypeText,
}

/// Shape of a named node.
pub(super) fn shape(kind: &str) -> Shape {
    use Shape::*;
    match kind {
        "identifier"
        | "this"
        | "this_expression"
        | "super"
        | "base_expression"
        | "property_identifier"
        | "private_property_identifier"
        | "type_identifier"
        | "shorthand_property_identifier_pattern"
        | "import"
        | "keyword_identifier" => Name,
        "shorthand_property_identifier" => Shorthand,
        "string"
        | "string_literal"
        | "raw_string_literal"
        | "verbatim_string_literal"
        | "concatenated_string"
        | "character_literal" => Str,
        "string_content"
        | "string_fragment"
        | "string_literal_content"
        | "raw_string_content"
        | "escape_sequence"
        | "interpolation_quote" => StrPart,
        "template_string" | "interpolated_string_expression" => Template,
        "interpolation" | "template_substitution" => Hole,
        "integer" | "number" | "integer_literal" => Number,
        "true" => True,
        "false" => False,
        "boolean_literal" => True,
        "none" | "null" | "undefined" | "null_literal" => Null,
        "attribute"
        | "member_expression"
        | "member_access_expression"
        | "conditional_access_expression"
        | "member_binding_expression"
        | "qualified_name"
        | "nested_identifier" => Attr,
        "generic_name" => TypeText,
        "dotted_name" => Pass,
        "subscript" | "subscript_expression" | "element_access_expression" => Index,
        "call"
        | "call_expression"
        | "new_expression"
        | "invocation_expression"
        | "object_creation_expression"
        | "implicit_object_creation_expression"
        | "primary_constructor_base_type" => Call,
        "argument_list" | "arguments" | "bracketed_argument_list" | "attribute_argument_list" => Args,
        "argument" | "attribute_argument" => Argument,
        "keyword_argument" => Keyword,
        "list_splat" | "dictionary_splat" | "spread_element" | "parenthesized_list_splat" => Spread,
        "list"
        | "tuple"
        | "set"
        | "array"
        | "expression_list"
        | "pattern_list"
        | "tuple_pattern"
        | "list_pattern"
        | "array_pattern"
        | "tuple_expression"
        | "collection_expression"
        | "array_creation_expression"
        | "implicit_array_creation_expression" => List,
        "initializer_expression" => Initializer,
        "dictionary" | "object" | "object_pattern" => Dict,
        "pair" | "pair_pattern" => Pair,
        "object_assignment_pattern"
        | "assignment_pattern"
        | "rest_pattern"
        | "list_splat_pattern"
        | "dictionary_splat_pattern" => Mixed,
        "binary_operator" | "binary_expression" | "boolean_operator" => Binary,
        "conditional_expression" | "ternary_expression" => Choice,
        "unary_operator"
        | "update_expression"
        | "slice"
        | "sequence_expression"
        | "postfix_unary_expression"
        | "switch_expression"
        | "jsx_element" => Mixed,
        "comparison_operator" | "not_operator" | "unary_expression" | "prefix_unary_expression" => Test,
        "is_pattern_expression" => Opaque,
        "if_statement" | "elif_clause" => If,
        "await"
        | "await_expression"
        | "parenthesized_expression"
        | "as_expression"
        | "satisfies_expression"
        | "non_null_expression"
        | "cast_expression"
        | "jsx_expression"
        | "type_assertion"
        | "checked_expression"
        | "expression"
        | "arrow_expression_clause"
        | "with_item"
        | "with_clause"
        | "as_pattern_target"
        | "computed_property_name"
        | "throw_expression"
        | "declaration_expression" => Pass,
        "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
            Comprehension
        }
        "function_definition"
        | "lambda"
        | "function_declaration"
        | "function_expression"
        | "arrow_function"
        | "generator_function"
        | "generator_function_declaration"
        | "method_definition"
        | "method_declaration"
        | "local_function_statement"
        | "lambda_expression"
        | "anonymous_method_expression"
        | "constructor_declaration" => Function,
        "class_definition"
        | "class_declaration"
        | "abstract_class_declaration"
        | "class"
        | "record_declaration"
        | "struct_declaration" => Class,
        "decorated_definition" => Decorated,
        "decorator" | "attribute_list" => Decorator,
        "parameters" | "formal_parameters" | "lambda_parameters" | "parameter_list" => Params,
        "default_parameter"
        | "typed_parameter"
        | "typed_default_parameter"
        | "required_parameter"
        | "optional_parameter"
        | "parameter"
        | "implicit_parameter" => Param,
        "assignment"
        | "assignment_expression"
        | "augmented_assignment"
        | "augmented_assignment_expression"
        | "named_expression" => Assign,
        "variable_declarator"
        | "public_field_definition"
        | "field_definition"
        | "property_declaration"
        | "enum_assignment" => Declarator,
        "for_statement" | "for_in_statement" | "for_in_clause" | "foreach_statement" => For,
        "as_pattern" => With,
        "return_statement" | "yield_statement" => Return,
        "yield" | "yield_expression" => Yield,
        "global_statement" | "nonlocal_statement" => Global,
        "match_statement" => Match,
        "case_pattern" => Case,
        "try_statement" => Try,
        "except_clause" | "except_group_clause" | "catch_clause" => Handler,
        "regex" => Regex,
        "import_statement" => Import,
        "import_from_statement" => ImportFrom,
        "using_directive" => Using,
        "namespace_declaration" | "file_scoped_namespace_declaration" => Namespace,
        "export_statement" => Export,
        "jsx_opening_element" | "jsx_self_closing_element" => JsxOpen,
        "jsx_attribute" => JsxAttribute,
        "class_heritage" | "extends_clause" | "base_list" => Heritage,
        "type" | "type_annotation" => Skip,
        "comment"
        | "type_arguments"
        | "type_parameters"
        | "interface_declaration"
        | "type_alias_declaration"
        | "type_alias_statement"
        | "implements_clause"
        | "jsx_closing_element"
        | "jsx_text"
        | "function_signature"
        | "ambient_declaration"
        | "type_argument_list"
        | "type_parameter_list"
        | "modifier"
        | "future_import_statement"
        | "predefined_type"
        | "implicit_type"
        | "nullable_type"
        | "array_type"
        | "type_parameter_constraints_clause"
        | "string_start"
        | "string_end"
        | "format_specifier"
        | "type_conversion"
        | "preproc_region"
        | "preproc_endregion"
        | "interpolation_brace"
        | "interpolation_start"
        | "accessibility_modifier"
        | "method_signature"
        | "predefined" => Skip,
        _ if kind.ends_with("_statement")
            || kind.ends_with("_clause")
            || kind.ends_with("_declaration")
            || kind.ends_with("_block")
            || kind.ends_with("_body")
            || kind.ends_with("_list") =>
        {
            Block
        }
        "module" | "program" | "compilation_unit" | "block" | "switch_case" | "switch_default" => Block,
        _ => Mixed,
    }
}
