"""What needs algebra: expansion of products, and the matrix exponential in closed form. Imports SymPy when called."""

import ast

_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "Abs", "ceil": "ceiling"}


def _sympy(node):
    """A tree as a SymPy expression; what it has no word for becomes an unknown function."""
    import sympy

    match node:
        case ast.Constant():
            value = node.value
            return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value, 17)
        case ast.Name():
            return sympy.Symbol(node.id, real=True)
        case ast.UnaryOp(op=ast.USub()):
            return -_sympy(node.operand)
        case ast.UnaryOp(op=ast.UAdd()):
            return _sympy(node.operand)
        case ast.BinOp():
            left, right = _sympy(node.left), _sympy(node.right)
            match node.op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.Div():
                    return left / right
                case ast.Pow():
                    return left**right
            return sympy.Function(f"op_{type(node.op).__name__}")(left, right)
        case ast.Call():
            word = node.func.id
            arguments = [_sympy(argument) for argument in node.args]
            known = getattr(sympy, _NAMES.get(word, word), None) if word in _KNOWN else None
            return (known or sympy.Function(word))(*arguments)
    raise _NoAlgebraError


_KNOWN = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt", "arcsin", "arccos", "arctan"}


class _NoAlgebraError(Exception):
    pass


def _tree(expression, place):
    """A SymPy expression as a tree at a place."""
    text = str(expression)
    for ours, theirs in _NAMES.items():
        text = text.replace(f"{theirs}(", f"{ours}(")
    tree = ast.parse(text, mode="eval").body
    for node in ast.walk(tree):
        node.place = place
        if isinstance(node, ast.expr):
            node.lineno, node.col_offset, node.end_col_offset = 1, 0, len(place.text)
    return tree


def expanded(node, variables):
    """{variable or None: coefficient} of an expression that is linear once expanded, or None if it is not."""
    import sympy

    try:
        whole = sympy.expand(_sympy(node))
    except _NoAlgebraError:
        return None
    symbols = {name: sympy.Symbol(name, real=True) for name in variables}
    found = {}
    for name, symbol in symbols.items():
        slope = sympy.diff(whole, symbol)
        if slope.free_symbols & set(symbols.values()) or slope.has(sympy.Derivative):
            return None
        if slope != 0:
            found[name] = _tree(slope, node.place)
    rest = sympy.expand(whole - sum(sympy.diff(whole, symbol) * symbol for symbol in symbols.values()))
    if rest.free_symbols & set(symbols.values()):
        return None
    if rest != 0:
        found[None] = _tree(rest, node.place)
    return found


def flow(matrix, rest, time, place):
    """{variable: tree} of the exact solution of dx/dt = M x + b after `time`, in closed form, or None.

    None if M has no inverse, or the solution is complex.
    """
    import sympy

    variables = list(matrix)
    try:
        m = sympy.Matrix(
            [[_sympy(matrix[v][w]) if w in matrix[v] else sympy.Integer(0) for w in variables] for v in variables]
        )
        b = sympy.Matrix([_sympy(rest[v]) if rest[v] is not None else sympy.Integer(0) for v in variables])
    except _NoAlgebraError:
        return None
    if m.det() == 0:
        return None
    duration = sympy.Symbol(time, positive=True)
    power = (m * duration).exp().applyfunc(sympy.simplify)
    fixed = m.LUsolve(b)
    x = sympy.Matrix([sympy.Symbol(v, real=True) for v in variables])
    whole = power * (x + fixed) - fixed
    if whole.has(sympy.I):
        return None
    return {v: _tree(whole[k], place) for k, v in enumerate(variables)}
